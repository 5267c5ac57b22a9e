/**
 * Modules that other extensions share at run time: Jupyter's chat and its personas have tokens that
 * ours must be the same objects as, and no package of their present version can be installed.
 */

interface IShared {
  get(): Promise<() => unknown>;
}

declare const __webpack_share_scopes__:
  { default?: Record<string, Record<string, IShared>> } | undefined;

/** The module that an extension shares; null where none does. */
export async function sharedModule<T>(name: string): Promise<T | null> {
  const scope =
    typeof __webpack_share_scopes__ === 'undefined'
      ? undefined
      : __webpack_share_scopes__.default;
  const [found] = Object.values(scope?.[name] ?? {});
  return found ? ((await found.get())() as T) : null;
}
