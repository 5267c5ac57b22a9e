import { type ISignal, Signal } from '@lumino/signaling';
import * as monaco from 'monaco-editor/editor';

import type { INeoAIEditorOpener } from '../editor';

export type Severity = 'error' | 'warning' | 'info';

/** One problem of a file, however many editors show it. */
export interface IProblem {
  readonly key: string;
  readonly severity: Severity;
  readonly message: string;
  /** Who found it, and its name for it: `ruff (F401)`. */
  readonly origin: string;
  readonly range: monaco.IRange;
}

export interface IFileProblems {
  /** Relative to the server's root. */
  readonly path: string;
  readonly problems: readonly IProblem[];
}

export interface IFilter {
  readonly text: string;
  readonly severities: ReadonlySet<Severity>;
}

/** In milliseconds: markers come in bursts. */
const SOON = 50;

/** The problems that are marked in the open files, whoever has marked them. */
export class ProblemsModel {
  constructor(private readonly _opener: INeoAIEditorOpener) {
    monaco.editor.onDidChangeMarkers(() => this._readSoon());
    _opener.tracker.widgetAdded.connect((_, widget) => {
      widget.context.pathChanged.connect(() => this._readSoon());
      widget.disposed.connect(() => this._readSoon());
    });
    this._read();
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** All of them, by path. */
  get files(): readonly IFileProblems[] {
    return this._files;
  }

  get filter(): IFilter {
    return this._filter;
  }

  set filter(filter: IFilter) {
    this._filter = filter;
    this._changed.emit();
  }

  /** Those that the filter lets through. */
  get shown(): IFileProblems[] {
    const { severities } = this._filter;
    const text = this._filter.text.trim().toLowerCase();
    return this._files
      .map(({ path, problems }) => ({
        path,
        problems: problems.filter(
          ({ severity, message, origin }) =>
            severities.has(severity) &&
            `${path} ${message} ${origin}`.toLowerCase().includes(text)
        )
      }))
      .filter(({ problems }) => problems.length > 0);
  }

  count(severity: Severity): number {
    return this._files.reduce(
      (sum, { problems }) =>
        sum + problems.filter(problem => problem.severity === severity).length,
      0
    );
  }

  private _readSoon(): void {
    this._reading ??= window.setTimeout(() => {
      this._reading = undefined;
      this._read();
    }, SOON);
  }

  private _read(): void {
    const byPath = new Map<string, Map<string, IProblem>>();
    this._opener.tracker.forEach(({ content, context }) => {
      const view = content.view;
      if (!view || view.isDisposed) {
        return;
      }
      const problems = byPath.get(context.localPath) ?? new Map();
      for (const marker of monaco.editor.getModelMarkers({
        resource: view.model.uri
      })) {
        const problem = toProblem(marker);
        if (problem) {
          problems.set(problem.key, problem);
        }
      }
      byPath.set(context.localPath, problems);
    });
    this._files = [...byPath]
      .filter(([, problems]) => problems.size > 0)
      .sort(([one], [other]) => one.localeCompare(other))
      .map(([path, problems]) => ({
        path,
        problems: [...problems.values()].sort(byPlace)
      }));
    this._changed.emit();
  }

  private readonly _changed = new Signal<this, void>(this);
  private _files: IFileProblems[] = [];
  private _filter: IFilter = {
    text: '',
    severities: new Set<Severity>(['error', 'warning', 'info'])
  };
  private _reading: number | undefined;
}

function toProblem(marker: monaco.editor.IMarker): IProblem | null {
  const { MarkerSeverity } = monaco;
  const severity =
    marker.severity === MarkerSeverity.Error
      ? 'error'
      : marker.severity === MarkerSeverity.Warning
        ? 'warning'
        : marker.severity === MarkerSeverity.Info
          ? 'info'
          : null;
  if (!severity) {
    return null;
  }
  const code =
    typeof marker.code === 'object' ? marker.code.value : marker.code;
  const origin = [marker.source, code && `(${code})`].filter(Boolean).join(' ');
  const { startLineNumber, startColumn, endLineNumber, endColumn } = marker;
  return {
    key: [
      startLineNumber,
      startColumn,
      endLineNumber,
      endColumn,
      severity,
      origin,
      marker.message
    ].join('\n'),
    severity,
    message: marker.message,
    origin,
    range: { startLineNumber, startColumn, endLineNumber, endColumn }
  };
}

const byPlace = ({ range: one }: IProblem, { range: other }: IProblem) =>
  one.startLineNumber - other.startLineNumber ||
  one.startColumn - other.startColumn;
