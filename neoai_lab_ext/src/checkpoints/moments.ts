import { Time } from '@jupyterlab/coreutils';

/** A moment in words: "5 minutes ago". */
export function ago(time: string): string {
  return Time.formatHuman(time);
}

/** A moment to the second, in the reader's own time zone. */
export function moment(time: string): string {
  return new Date(time).toLocaleString(undefined, {
    dateStyle: 'medium',
    timeStyle: 'medium'
  });
}

/** A size in the largest unit of which it is at least one. */
export function size(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB'];
  let at = 0;
  let value = bytes;
  while (value >= 1000 && at < units.length - 1) {
    value /= 1000;
    at++;
  }
  return `${at === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[at]}`;
}
