import type { languages } from 'monaco-editor/editor';

/** Languages that Monaco has no light definition of, and that projects are full of. */
export function registerMissingLanguages(api: typeof languages): void {
  api.register({
    id: 'json',
    extensions: [
      '.json',
      '.jsonc',
      '.json5',
      '.jsonl',
      '.ipynb',
      '.webmanifest',
      '.geojson'
    ],
    filenames: [
      '.prettierrc',
      '.stylelintrc',
      '.eslintrc',
      '.babelrc',
      '.watchmanconfig'
    ],
    aliases: ['JSON'],
    mimetypes: ['application/json']
  });
  api.setLanguageConfiguration('json', {
    brackets: [
      ['{', '}'],
      ['[', ']']
    ],
    autoClosingPairs: [
      { open: '{', close: '}' },
      { open: '[', close: ']' },
      { open: '"', close: '"', notIn: ['string'] }
    ],
    comments: { lineComment: '//', blockComment: ['/*', '*/'] }
  });
  api.setMonarchTokensProvider('json', {
    tokenizer: {
      root: [
        [/"(?:[^"\\]|\\.)*"(?=\s*:)/, 'type'],
        [/"(?:[^"\\]|\\.)*"/, 'string'],
        [/"(?:[^"\\]|\\.)*$/, 'string.invalid'],
        [/-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/, 'number'],
        [/\b(?:true|false|null)\b/, 'keyword'],
        [/\/\/.*$/, 'comment'],
        [/\/\*/, 'comment', '@comment'],
        [/[{}[\]]/, '@brackets'],
        [/[,:]/, 'delimiter']
      ],
      comment: [
        [/\*\//, 'comment', '@pop'],
        [/[^*]+|\*/, 'comment']
      ]
    }
  });

  api.register({
    id: 'toml',
    extensions: ['.toml'],
    filenames: ['Cargo.lock', 'poetry.lock', 'uv.lock', 'Pipfile'],
    aliases: ['TOML'],
    mimetypes: ['application/toml']
  });
  api.setLanguageConfiguration('toml', {
    comments: { lineComment: '#' },
    brackets: [
      ['{', '}'],
      ['[', ']']
    ],
    autoClosingPairs: [
      { open: '{', close: '}' },
      { open: '[', close: ']' },
      { open: '"', close: '"', notIn: ['string'] },
      { open: "'", close: "'", notIn: ['string'] }
    ]
  });
  api.setMonarchTokensProvider('toml', {
    tokenizer: {
      root: [
        [/#.*$/, 'comment'],
        [/^\s*\[\[?[^\]]*\]?\]/, 'tag'],
        [/[A-Za-z0-9_.-]+(?=\s*=)/, 'type'],
        [/"""/, 'string', '@text'],
        [/'''/, 'string', '@literal'],
        [/"(?:[^"\\]|\\.)*"|'[^']*'/, 'string'],
        [/\b(?:true|false)\b/, 'keyword'],
        [/[+-]?\d[\d_.:eE+TZ-]*/, 'number']
      ],
      text: [
        [/"""/, 'string', '@pop'],
        [/[^"]+|"/, 'string']
      ],
      literal: [
        [/'''/, 'string', '@pop'],
        [/[^']+|'/, 'string']
      ]
    }
  });

  api.register({
    id: 'makefile',
    extensions: ['.mk', '.mak'],
    filenames: ['Makefile', 'makefile', 'GNUmakefile'],
    aliases: ['Makefile'],
    mimetypes: ['text/x-makefile']
  });
  api.setLanguageConfiguration('makefile', { comments: { lineComment: '#' } });
  api.setMonarchTokensProvider('makefile', {
    tokenizer: {
      root: [
        [/#.*$/, 'comment'],
        [/^[A-Za-z0-9_.%/$(){} -]+(?=:(?!=))/, 'type'],
        [/^\s*[A-Za-z0-9_.]+(?=\s*[:?+!]?=)/, 'attribute.name'],
        [
          /^-?(?:include|ifeq|ifneq|ifdef|ifndef|else|endif|define|endef|export)\b/,
          'keyword'
        ],
        [/\$[({][^)}]*[)}]|\$[@<^*?+%]/, 'tag'],
        [/"(?:[^"\\]|\\.)*"|'[^']*'/, 'string']
      ]
    }
  });
}
