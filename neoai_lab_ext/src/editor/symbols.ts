/** Kinds of symbols that a light look at a text tells apart. */
export type SymbolType =
  | 'class'
  | 'function'
  | 'method'
  | 'variable'
  | 'section'
  | 'interface'
  | 'enum'
  | 'module'
  | 'key';

/** Something with a name in a text. Lines from 1, inclusive; `level` is 0 for the outermost. */
export interface ISymbol {
  name: string;
  type: SymbolType;
  line: number;
  endLine: number;
  level: number;
}

/** A pattern whose only group that matched, or last group, is the symbol's name. */
type Rule = [RegExp, SymbolType];

const DECLARED = String.raw`^\s*(?:(?:export|default|declare|abstract|public|private|protected|internal|static|final|sealed|partial|async|open|override|unsafe|pub(?:\([^)]*\))?|virtual|inline|readonly)\s+)*`;
const declared = (rest: string) => new RegExp(DECLARED + rest);
const CONTROL = String.raw`(?!(?:if|for|while|switch|catch|return|else|do|with|new|throw|function|await|typeof)\b)`;

const TYPES: Rule[] = [
  [
    declared(String.raw`(?:class|struct|record|object|union)\s+([\w$]+)`),
    'class'
  ],
  [
    declared(String.raw`(?:interface|trait|protocol|type)\s+([\w$]+)`),
    'interface'
  ],
  [declared(String.raw`(?:const\s+)?enum\s+(?:class\s+)?([\w$]+)`), 'enum'],
  [
    declared(String.raw`(?:namespace|module|package|mod)\s+([\w$.:]+)`),
    'module'
  ]
];

const SCRIPT: Rule[] = [
  ...TYPES,
  [declared(String.raw`function\s*\*?\s*([\w$]+)`), 'function'],
  [
    declared(
      String.raw`(?:const|let|var)\s+([\w$]+)\s*(?::[^=]+)?=\s*(?:async\s*)?(?:function\b|\([^)]*\)\s*(?::[^=]+)?=>|[\w$]+\s*=>)`
    ),
    'function'
  ],
  [/^(?:export\s+)?(?:const|let|var)\s+([\w$]+)/, 'variable'],
  [
    declared(
      String.raw`(?:get\s+|set\s+|\*\s*)?${CONTROL}(#?[\w$]+)\s*(?:<[^>]*>)?\([^;]*\)?\s*(?::\s*[^{;]+)?\{\s*$`
    ),
    'method'
  ]
];

const C_LIKE: Rule[] = [
  ...TYPES,
  [
    new RegExp(
      String.raw`^\s*${CONTROL}(?:[\w:<>,*&\[\]~]+\s+)+[*&]*((?:\w+::)*~?\w+)\s*\([^;]*\)?[^;]*\{?\s*$`
    ),
    'function'
  ]
];

const HEADINGS: Rule[] = [[/^#{1,6}\s+(.+?)\s*#*\s*$/, 'section']];

const RULES: Record<string, Rule[]> = {
  python: [
    [/^\s*class\s+(\w+)/, 'class'],
    [/^\s*(?:async\s+)?def\s+(\w+)/, 'function'],
    [/^([A-Za-z_]\w*)\s*(?::[^=]+)?=(?!=)/, 'variable']
  ],
  javascript: SCRIPT,
  typescript: SCRIPT,
  markdown: HEADINGS,
  java: C_LIKE,
  csharp: C_LIKE,
  c: C_LIKE,
  cpp: C_LIKE,
  dart: C_LIKE,
  go: [
    [/^func\s+(?:\([^)]*\)\s*)?(\w+)/, 'function'],
    [/^type\s+(\w+)/, 'class'],
    [/^(?:var|const)\s+(\w+)/, 'variable']
  ],
  rust: [
    ...TYPES,
    [/^\s*(?:unsafe\s+)?impl(?:<[^>]*>)?\s+(.+?)\s*(?:where.*)?\{/, 'class'],
    [
      declared(String.raw`(?:const\s+|extern\s+"\w+"\s+)*fn\s+(\w+)`),
      'function'
    ]
  ],
  kotlin: [
    ...TYPES,
    [declared(String.raw`fun\s+(?:<[^>]*>\s*)?([\w.]+)`), 'function']
  ],
  swift: [...TYPES, [declared(String.raw`func\s+(\w+)`), 'function']],
  scala: [
    ...TYPES,
    [declared(String.raw`(?:implicit\s+)?def\s+(\w+)`), 'function']
  ],
  php: [...TYPES, [declared(String.raw`function\s+&?(\w+)`), 'function']],
  ruby: [
    [/^\s*(?:class|module)\s+([\w:]+)/, 'class'],
    [/^\s*def\s+([\w.?!=]+)/, 'function']
  ],
  julia: [
    [/^\s*(?:mutable\s+)?(?:struct|module)\s+(\w+)/, 'class'],
    [/^\s*(?:function|macro)\s+([\w.!]+)/, 'function']
  ],
  lua: [[/^\s*(?:local\s+)?function\s+([\w.:]+)/, 'function']],
  r: [[/^\s*([\w.]+)\s*(?:<-|=)\s*function\b/, 'function']],
  shell: [
    [/^\s*function\s+([\w:.-]+)/, 'function'],
    [/^\s*([\w:.-]+)\s*\(\)\s*\{?/, 'function']
  ],
  perl: [
    [/^\s*package\s+([\w:]+)/, 'module'],
    [/^\s*sub\s+(\w+)/, 'function']
  ],
  sql: [
    [
      /^\s*create\s+(?:or\s+replace\s+)?(?:\w+\s+)?(?:table|view|function|procedure|index|trigger)\s+(?:if\s+not\s+exists\s+)?([\w."`]+)/i,
      'class'
    ]
  ],
  css: [[/^\s*([^\s@{}][^{}]*?)\s*\{/, 'section']],
  scss: [[/^\s*([^\s@{}][^{}]*?)\s*\{/, 'section']],
  less: [[/^\s*([^\s@{}][^{}]*?)\s*\{/, 'section']],
  ini: [[/^\s*\[([^\]]+)\]/, 'section']],
  toml: [[/^\s*\[\[?([^\]]+)\]/, 'section']],
  yaml: [[/^(?:\s*(?:-\s+)?)([\w./ -]+):(?:\s|$)/, 'key']],
  json: [[/^\s*"((?:[^"\\]|\\.)*)"\s*:\s*[[{]\s*$/, 'key']],
  makefile: [[/^([\w./%-]+)\s*:(?!=)/, 'function']],
  dockerfile: [[/^\s*FROM\s+(.+)$/i, 'section']],
  restructuredtext: []
};

/** The languages whose symbols `symbolsOf` finds. */
export const LANGUAGES_WITH_SYMBOLS = Object.keys(RULES);

/**
 * The symbols of a text, from its first to its last line, by patterns and indentation alone: what
 * there is where no language server says better.
 */
export function symbolsOf(
  language: string,
  lines: readonly string[]
): ISymbol[] {
  const rules = RULES[language];
  if (!rules) {
    return [];
  }
  if (FLAT.has(language)) {
    return sectionsOf(rules, lines);
  }
  return rules === HEADINGS
    ? headingsOf(lines)
    : declarationsOf(rules, lines, language === 'python');
}

function headingsOf(lines: readonly string[]): ISymbol[] {
  const found: (ISymbol & { depth: number })[] = [];
  const open: typeof found = [];
  let fence: string | null = null;
  lines.forEach((line, index) => {
    const mark = /^\s{0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (mark && (fence === null || mark.startsWith(fence))) {
      fence = fence === null ? mark : null;
      return;
    }
    const name = fence === null ? HEADINGS[0][0].exec(line)?.[1] : undefined;
    if (name === undefined) {
      return;
    }
    const depth = line.indexOf(' ');
    while (open.length > 0 && open[open.length - 1].depth >= depth) {
      open.pop()!.endLine = index;
    }
    const symbol = {
      name,
      type: 'section' as const,
      line: index + 1,
      endLine: lines.length,
      level: open.length,
      depth
    };
    open.push(symbol);
    found.push(symbol);
  });
  return found.map(({ name, type, line, endLine, level }) => ({
    name,
    type,
    line,
    endLine,
    level
  }));
}

/** Languages whose sections go on to the next one, whatever the indentation. */
const FLAT = new Set(['toml', 'ini', 'dockerfile']);

function sectionsOf(
  [[pattern, type]]: Rule[],
  lines: readonly string[]
): ISymbol[] {
  const found: ISymbol[] = [];
  lines.forEach((text, index) => {
    const name = pattern.exec(text)?.[1].trim();
    if (name !== undefined) {
      found.push({ name, type, line: index + 1, endLine: index + 1, level: 0 });
    } else if (text.trim() && found.length > 0) {
      found[found.length - 1].endLine = index + 1;
    }
  });
  return found;
}

interface IOpen {
  symbol: ISymbol;
  indent: number;
}

function declarationsOf(
  rules: Rule[],
  lines: readonly string[],
  isPython: boolean
): ISymbol[] {
  const found: ISymbol[] = [];
  const open: IOpen[] = [];
  let last = 0;
  let quote: string | null = null;
  lines.forEach((line, index) => {
    const inText = quote !== null;
    quote = isPython ? quoteAfter(line, quote) : null;
    if (inText || /^\s*$/.test(line)) {
      last = inText ? index + 1 : last;
      return;
    }
    const indent = columnsOf(line);
    // `)`, `}` and `end` still belong to what they close.
    const closes = /^\s*(?:[)\]}]|end\b)/.test(line);
    while (open.length > 0 && open[open.length - 1].indent >= indent) {
      if (closes && open[open.length - 1].indent === indent) {
        break;
      }
      open.pop()!.symbol.endLine = last;
    }
    last = index + 1;
    const rule = closes
      ? undefined
      : rules.find(([pattern]) => pattern.test(line));
    if (!rule || /^\s*(?:\/\/|#|\*|--|;)/.test(line)) {
      return;
    }
    const name = rule[0].exec(line)![1].trim();
    const parent = open[open.length - 1]?.symbol;
    const type =
      rule[1] === 'function' && parent?.type === 'class' ? 'method' : rule[1];
    const symbol: ISymbol = {
      name,
      type,
      line: index + 1,
      endLine: index + 1,
      level: open.length
    };
    found.push(symbol);
    open.push({ symbol, indent });
  });
  for (const { symbol } of open) {
    symbol.endLine = last;
  }
  return found;
}

function columnsOf(line: string): number {
  let columns = 0;
  for (const char of line) {
    if (char === '\t') {
      columns += 4;
    } else if (char === ' ') {
      columns++;
    } else {
      break;
    }
  }
  return columns;
}

/** The triple quote that a line of Python leaves open. */
function quoteAfter(line: string, open: string | null): string | null {
  let quote = open;
  for (const [mark] of line.matchAll(/"""|'''/g)) {
    quote = quote === null ? mark : quote === mark ? null : quote;
  }
  return quote;
}

/** The symbols around a line, from the outermost to the innermost. */
export function symbolsAround(
  symbols: readonly ISymbol[],
  line: number
): ISymbol[] {
  return symbols.filter(
    symbol => symbol.line <= line && line <= symbol.endLine
  );
}
