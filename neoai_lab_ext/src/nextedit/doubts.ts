import type { IOffer } from './offers';
import type { ISurface } from './surface';

/** So many places are looked up with the language server, for at most so long. */
const MOST_DOUBTS = 10;
const DOUBTED_FOR = 1_000;

/** Without those that the language server knows to be another symbol. */
export async function undoubted(
  surface: ISurface,
  offers: readonly IOffer[]
): Promise<readonly IOffer[]> {
  const doubted = offers
    .filter(({ isDoubtful }) => isDoubtful)
    .slice(0, MOST_DOUBTS);
  if (doubted.length === 0) {
    return offers;
  }
  const others = new Set<IOffer>();
  const asked = doubted.map(async offer => {
    const { path, range } = offer;
    const defined = await surface.definitions({ path, ...range });
    const isElsewhere = defined?.some(
      place =>
        place.path !== path || place.startLineNumber !== range.startLineNumber
    );
    if (isElsewhere) {
      others.add(offer);
    }
  });
  await Promise.race([
    Promise.allSettled(asked),
    new Promise(resolve => setTimeout(resolve, DOUBTED_FOR))
  ]);
  return offers.filter(offer => !others.has(offer));
}
