import type { languages } from 'monaco-editor/editor';

/** What of a text tells its language: the first line, and those near the beginning and the end. */
export interface ISample {
  first: string;
  rest: readonly string[];
}

type Known = languages.ILanguageExtensionPoint[];

/**
 * The id of the language of a file: what a mode line of Vim's or Emacs' in it says, else its name,
 * its extension (the longest that matches), its first line and its MIME types; `plaintext` when
 * nothing is known.
 */
export function languageOf(
  known: Known,
  path: string,
  sample: ISample,
  mimeTypes: readonly string[]
): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return (
    byModeLine(known, [sample.first, ...sample.rest]) ??
    byName(known, name) ??
    byExtension(known, name.toLowerCase()) ??
    byFirstLine(known, sample.first) ??
    byMimeType(known, mimeTypes) ??
    'plaintext'
  );
}

function byModeLine(known: Known, lines: string[]): string | undefined {
  for (const line of lines) {
    const mode =
      /-\*-\s*(?:.*\bmode:\s*)?([\w+#-]+)\s*(?:;.*)?-\*-/i.exec(line) ??
      /\b(?:vim?|ex):.*?\b(?:ft|filetype|syntax)=([\w+#-]+)/.exec(line);
    const id = mode && named(known, mode[1].toLowerCase());
    if (id) {
      return id;
    }
  }
  return undefined;
}

/** The language that Vim, Emacs or a shebang calls `name`. */
function named(known: Known, name: string): string | undefined {
  const id = OTHER_NAMES[name] ?? name;
  return known.find(
    language =>
      language.id === id ||
      language.aliases?.some(alias => alias.toLowerCase() === id)
  )?.id;
}

const OTHER_NAMES: Record<string, string> = {
  bash: 'shell',
  'c++': 'cpp',
  c: 'c',
  conf: 'ini',
  dosini: 'ini',
  js: 'javascript',
  make: 'makefile',
  md: 'markdown',
  py: 'python',
  rst: 'restructuredtext',
  sh: 'shell',
  'shell-script': 'shell',
  ts: 'typescript',
  yml: 'yaml',
  zsh: 'shell'
};

function byName(known: Known, name: string): string | undefined {
  const id =
    known.find(language => language.filenames?.includes(name))?.id ??
    NAMES.find(([pattern]) => pattern.test(name))?.[1];
  return known.some(language => language.id === id) ? id : undefined;
}

/** Files that projects and home folders are full of, and that have no telling extension. */
const NAMES: [RegExp, string][] = [
  [
    /^\.?(bashrc|bash_\w+|zshrc|zshenv|zprofile|zlogin|profile|kshrc|envrc|env)$/,
    'shell'
  ],
  [/^\.env\.\w+$|^(PKGBUILD|APKBUILD)$/, 'shell'],
  [/^(Dockerfile|Containerfile)(\..+)?$/, 'dockerfile'],
  [/^(GNUm|BSDm|m|M)akefile(\.\w+)?$/, 'makefile'],
  [
    /^(Gemfile|Rakefile|Vagrantfile|Brewfile|Podfile|Guardfile|Capfile)$/,
    'ruby'
  ],
  [/^(SConstruct|SConscript|wscript|Snakefile|\.pythonrc)$/, 'python'],
  [/^(BUILD|WORKSPACE|MODULE)(\.bazel)?$/, 'python'],
  [/^\.(gitconfig|gitmodules|editorconfig|npmrc|pypirc|flake8)$/, 'ini'],
  [/^(pylintrc|\.pylintrc|\.coveragerc|setup\.cfg|pip\.conf)$/, 'ini'],
  [/^\.(condarc|clang-format|clang-tidy|yamllint|prettierrc)$/, 'yaml'],
  [/^\.(eslintrc|babelrc|stylelintrc|jshintrc|swcrc|lintstagedrc)$/, 'json'],
  [/^\.Rprofile$/, 'r'],
  [/^Jenkinsfile$/, 'java'],
  [/^(README|CHANGELOG|CONTRIBUTING)$/, 'markdown']
];

function byExtension(known: Known, lower: string): string | undefined {
  let best: { id: string; length: number } | undefined;
  for (const language of known) {
    for (const extension of language.extensions ?? []) {
      if (
        lower.endsWith(extension.toLowerCase()) &&
        extension.length > (best?.length ?? 0)
      ) {
        best = { id: language.id, length: extension.length };
      }
    }
  }
  return best?.id;
}

function byFirstLine(known: Known, first: string): string | undefined {
  const line = first.replace(/^\ufeff/, '');
  const program = interpreterOf(line);
  if (program) {
    const id = INTERPRETERS.find(([pattern]) => pattern.test(program))?.[1];
    return (
      id ??
      named(known, program.replace(/[\d.]+$/, '').toLowerCase()) ??
      'shell'
    );
  }
  const content = CONTENTS.find(
    ([pattern, id]) =>
      pattern.test(line) && known.some(language => language.id === id)
  );
  return (
    content?.[1] ??
    known.find(
      language =>
        language.firstLine && new RegExp(language.firstLine).test(line)
    )?.id
  );
}

/** The program that a shebang names, also by way of `env`. */
function interpreterOf(line: string): string | undefined {
  if (!line.startsWith('#!')) {
    return undefined;
  }
  const words = line.slice(2).trim().split(/\s+/);
  const names = words.map(word => word.slice(word.lastIndexOf('/') + 1));
  return names[0] === 'env'
    ? names.slice(1).find(name => !/^-|=/.test(name))
    : names[0];
}

const INTERPRETERS: [RegExp, string][] = [
  [/^(python|pypy|uv|ipython)[\d.]*$/, 'python'],
  [/^(ba|z|da|k|a|tc|c)?sh$/, 'shell'],
  [/^(node|nodejs|bun)$/, 'javascript'],
  [/^(deno|ts-node|tsx)$/, 'typescript'],
  [/^Rscript$/, 'r'],
  [/^(tclsh|wish)[\d.]*$/, 'tcl'],
  [/^make$/, 'makefile'],
  [/^pwsh$/, 'powershell']
];

const CONTENTS: [RegExp, string][] = [
  [/^\s*<\?php/, 'php'],
  [/^\s*<!doctype\s+html/i, 'html'],
  [/^\s*<html\b/i, 'html'],
  [/^\s*<\?xml\b/, 'xml'],
  [/^%YAML\b|^---\s*$|^#cloud-config\b/, 'yaml'],
  [/^\s*[[{]\s*$|^\s*\{\s*"/, 'json']
];

function byMimeType(
  known: Known,
  mimeTypes: readonly string[]
): string | undefined {
  return known.find(language =>
    language.mimetypes?.some(
      type => type !== 'text/plain' && mimeTypes.includes(type)
    )
  )?.id;
}
