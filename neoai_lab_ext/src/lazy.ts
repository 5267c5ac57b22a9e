/** What is made when it is first asked for, once: mostly a part of the page that is fetched then. */
export function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => (made ??= make());
}
