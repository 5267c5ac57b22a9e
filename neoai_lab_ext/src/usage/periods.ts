/** What the panel can look at; days and months are those of UTC, as in the server's ledger. */
export const PERIODS = ['month', 'last-month', '30-days', '90-days'] as const;

export type Period = (typeof PERIODS)[number];

const DAY_MS = 86_400_000;

/** From the first moment of a period to the moment after it. */
export function rangeOf(
  period: Period,
  now: Date
): { since: Date; until: Date } {
  const year = now.getUTCFullYear();
  const month = now.getUTCMonth();
  const tomorrow = new Date(Date.UTC(year, month, now.getUTCDate()) + DAY_MS);
  const back = (days: number) => ({
    since: new Date(tomorrow.getTime() - days * DAY_MS),
    until: tomorrow
  });
  switch (period) {
    case 'month':
      return { since: new Date(Date.UTC(year, month)), until: tomorrow };
    case 'last-month':
      return {
        since: new Date(Date.UTC(year, month - 1)),
        until: new Date(Date.UTC(year, month))
      };
    case '30-days':
      return back(30);
    case '90-days':
      return back(90);
  }
}

/** Every day of a range, `2026-11-05`. */
export function daysOf({
  since,
  until
}: {
  since: Date;
  until: Date;
}): string[] {
  const days: string[] = [];
  for (let at = since.getTime(); at < until.getTime(); at += DAY_MS) {
    days.push(new Date(at).toISOString().slice(0, 10));
  }
  return days;
}
