import { PageConfig, URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import type { languages } from 'monaco-editor/editor';

/** A language server that jupyter-lsp knows. */
export interface ISpec {
  readonly name: string;
  readonly title: string;
  readonly languages: readonly string[];
  readonly mimeTypes: readonly string[];
  readonly isInstalled: boolean;
}

interface IStatus {
  sessions: Record<string, unknown>;
  specs: Record<
    string,
    { display_name?: string; languages?: string[]; mime_types?: string[] }
  >;
}

/** Other names of Monaco's languages. */
const ALIASES: Record<string, string[]> = {
  shell: ['bash', 'sh', 'shellscript'],
  javascript: ['javascript', 'jsx'],
  typescript: ['typescript', 'typescript-jsx', 'tsx'],
  markdown: ['markdown', 'ipythongfm', 'gfm'],
  sql: ['sql', 'mysql', 'pgsql']
};

/** The one that is taken where several know a language, unless the settings name another. */
const PREFERRED = ['pylsp', 'typescript-language-server'];

/** What jupyter-lsp has found; null for others than the server's owner, and without it. */
export async function findSpecs(
  settings: ServerConnection.ISettings
): Promise<ISpec[] | null> {
  if (PageConfig.getOption('neoaiRoles')) {
    return null;
  }
  const address = URLExt.join(settings.baseUrl, 'lsp/status');
  const response = await ServerConnection.makeRequest(address, {}, settings);
  if (!response.ok) {
    return null;
  }
  const { sessions, specs } = (await response.json()) as IStatus;
  return Object.entries(specs).map(([name, spec]) => ({
    name,
    title: spec.display_name ?? name,
    languages: (spec.languages ?? []).map(language => language.toLowerCase()),
    mimeTypes: spec.mime_types ?? [],
    isInstalled: name in sessions
  }));
}

/** Whether a server knows one of Monaco's languages. */
export function knows(
  spec: ISpec,
  { id, mimetypes }: languages.ILanguageExtensionPoint
): boolean {
  const names = ALIASES[id] ?? [id];
  return (
    names.some(name => spec.languages.includes(name)) ||
    (mimetypes ?? []).some(type => spec.mimeTypes.includes(type))
  );
}

/** The server for a language: the chosen one, else the usual, else the first by name. */
export function chosen(
  specs: readonly ISpec[],
  choice: string | undefined
): ISpec | null {
  const installed = specs
    .filter(spec => spec.isInstalled)
    .sort((one, other) => one.name.localeCompare(other.name));
  return (
    installed.find(spec => spec.name === choice) ??
    installed.find(spec => PREFERRED.includes(spec.name)) ??
    installed[0] ??
    null
  );
}
