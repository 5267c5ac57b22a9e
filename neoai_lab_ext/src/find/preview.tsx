import type { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import type { Contents } from '@jupyterlab/services';
import type { JSX } from 'react';
import { useEffect, useRef } from 'react';

import type { API } from '../api';
import type { Everywhere, IRow } from './everywhere';
import type { IExcerpt } from './search';

const BEFORE = 4;
const LINES = 16;
const MAX_BYTES = 1_000_000;
const PAUSE = 120;

interface IPreviewed extends IExcerpt {
  path: string;
  /** The line that was found; 0 where it is the file as such. */
  line: number;
}

/** Reads what stands around what was found; the last file is kept. */
class Excerpts {
  constructor(private readonly _api: API) {}

  async of(
    projectId: string,
    row: IRow,
    signal: AbortSignal
  ): Promise<IPreviewed | null> {
    const { file } = row;
    const match = row.match ?? file?.matches[0] ?? null;
    if (!file) {
      return null;
    }
    const line = match?.line ?? 0;
    const excerpt =
      match?.around ?? (await this._around(projectId, file.path, line, signal));
    return excerpt && { ...excerpt, path: file.path, line };
  }

  private async _around(
    projectId: string,
    path: string,
    line: number,
    signal: AbortSignal
  ): Promise<IExcerpt | null> {
    const key = `${projectId} ${path}`;
    if (this._last?.key !== key) {
      const bytes = await this._api.bytes(
        '/projects/{project_id}/files/{path}',
        {
          path: { project_id: projectId, path },
          headers: { Range: `bytes=0-${MAX_BYTES - 1}` },
          signal
        }
      );
      this._last = { key, text: new TextDecoder().decode(bytes) };
    }
    const { text } = this._last;
    if (text.includes('\0')) {
      return null;
    }
    const lines = text.split(/\r\n|\r|\n/);
    const start = Math.max(0, line - 1 - BEFORE);
    return {
      start: start + 1,
      text: lines
        .slice(start, start + LINES)
        .map(of => of.slice(0, 300))
        .join('\n')
    };
  }

  /** What was read may have changed. */
  forget(): void {
    this._last = null;
  }

  private _last: { key: string; text: string } | null = null;
}

interface IPreviewProps {
  model: Everywhere;
  excerpts: Excerpts;
  languages: IEditorLanguageRegistry;
}

/** The preview of a panel; what it has read is forgotten when files change. */
export function previewOf(
  contents: Contents.IManager,
  api: API,
  languages: IEditorLanguageRegistry
): (props: { model: Everywhere }) => JSX.Element {
  const excerpts = new Excerpts(api);
  contents.fileChanged.connect(() => excerpts.forget());
  return ({ model }) => (
    <Preview model={model} excerpts={excerpts} languages={languages} />
  );
}

/** The lines around the row that the keyboard is at. */
function Preview({ model, excerpts, languages }: IPreviewProps): JSX.Element {
  const node = useRef<HTMLDivElement>(null);
  const row = model.rows[model.at];
  const { project } = model;
  useEffect(() => {
    const showing = new AbortController();
    const timer = window.setTimeout(() => {
      const reading =
        row && project
          ? excerpts.of(project.id, row, showing.signal)
          : Promise.resolve(null);
      reading
        .catch(() => null)
        .then(async previewed => {
          const drawn = previewed && (await draw(previewed, languages));
          if (!showing.signal.aborted) {
            node.current?.replaceChildren(...(drawn ? [drawn] : []));
          }
        })
        .catch(() => undefined);
    }, PAUSE);
    return () => {
      window.clearTimeout(timer);
      showing.abort();
    };
  }, [row?.key, row?.match?.text, project?.id]);
  return (
    <div
      ref={node}
      className="neoai-Search-preview"
      role="region"
      aria-label={model.trans.__('Preview')}
    />
  );
}

/** Numbered lines in the colours of their language, the one that was found emphasised. */
async function draw(
  { path, start, text, line }: IPreviewed,
  languages: IEditorLanguageRegistry
): Promise<HTMLElement> {
  const code = document.createElement('code');
  await languages.highlight(text, languages.findByFileName(path), code);
  const count = text.split('\n').length;
  const numbers = document.createElement('span');
  numbers.className = 'neoai-Search-numbers';
  numbers.textContent = Array.from({ length: count }, (_, i) => start + i).join(
    '\n'
  );
  numbers.setAttribute('aria-hidden', 'true');
  const pre = document.createElement('pre');
  pre.append(numbers, code);
  if (line >= start && line < start + count) {
    const here = document.createElement('div');
    here.className = 'neoai-Search-here';
    here.style.setProperty('--neoai-line', String(line - start));
    pre.prepend(here);
  }
  return pre;
}
