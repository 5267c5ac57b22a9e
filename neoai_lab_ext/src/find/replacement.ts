import type { IMatch, ITextQuery } from './search';

/** What stands at a match; null where its line is too long to be shown whole. */
export function oldText({ text, start, end, at }: IMatch): string | null {
  return end - at <= text.length ? text.slice(start - at, end - at) : null;
}

/**
 * What a match becomes; null where that cannot be told, and the match is left alone. In a regular
 * expression's replacement `$1` and `$<name>` are its groups, `$&` all of it and `$$` a dollar.
 */
export function newText(
  match: IMatch,
  query: ITextQuery,
  replacement: string
): string | null {
  const old = oldText(match);
  if (old === null || !query.regex || !/[$\\]/.test(replacement)) {
    return old === null ? null : replacement;
  }
  const found = foundAgain(match, query);
  if (found?.[0] !== old) {
    return null;
  }
  return replacement.replace(
    /\$(?:(\$)|(&)|(\d{1,2})|<([^>]+)>)|\\([nt\\])/g,
    (all, dollar, whole, number, name, escaped) => {
      if (dollar) {
        return '$';
      }
      if (whole) {
        return old;
      }
      if (number !== undefined) {
        return Number(number) < found.length
          ? (found[Number(number)] ?? '')
          : all;
      }
      if (name !== undefined) {
        return found.groups?.[name] ?? '';
      }
      return { n: '\n', t: '\t', '\\': '\\' }[escaped as string] ?? all;
    }
  );
}

function foundAgain(
  { text, start, at }: IMatch,
  query: ITextQuery
): RegExpExecArray | null {
  const source = query.word ? `\\b(?:${query.query})\\b` : query.query;
  for (const unicode of ['u', '']) {
    try {
      const flags = `y${query.case ? '' : 'i'}${unicode}`;
      // Rust and Python name a group `(?P<name>…)`, JavaScript `(?<name>…)`.
      const expression = new RegExp(source.replace(/\(\?P</g, '(?<'), flags);
      expression.lastIndex = start - at;
      return expression.exec(text);
    } catch {
      // Tried without the stricter syntax; else it is none of JavaScript's.
    }
  }
  return null;
}
