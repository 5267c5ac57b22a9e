/** What the text in quick open asks for. */
export type Wanted =
  | { kind: 'files'; query: string; line?: number; column?: number }
  | { kind: 'line'; line: number | null; column?: number }
  | { kind: 'symbols'; query: string }
  | { kind: 'text'; query: string }
  | { kind: 'commands'; query: string };

/**
 * `name` finds files, `name:12` and `name:12:3` open at a line and column, `:12` goes to a line of
 * the file in front, `@name` to a symbol of it, `#text` finds text in the project, `>` commands.
 */
export function parseWanted(text: string): Wanted {
  const rest = text.slice(1).trimStart();
  switch (text[0]) {
    case '>':
      return { kind: 'commands', query: rest };
    case '@':
      return { kind: 'symbols', query: rest };
    case '#':
      return { kind: 'text', query: rest };
    case ':': {
      const place = /^\s*(\d+)(?:[:,]\s*(\d+))?\s*$/.exec(rest);
      return {
        kind: 'line',
        line: place ? Number(place[1]) : null,
        ...(place?.[2] ? { column: Number(place[2]) } : {})
      };
    }
  }
  const place = /^(.*?):(\d+)?(?::(\d+)?)?$/.exec(text);
  return place
    ? {
        kind: 'files',
        query: place[1].trim(),
        ...(place[2] ? { line: Number(place[2]) } : {}),
        ...(place[3] ? { column: Number(place[3]) } : {})
      }
    : { kind: 'files', query: text.trim() };
}
