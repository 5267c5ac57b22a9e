import { ReactWidget, UseSignal } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { LabIcon } from '@jupyterlab/ui-components';
import type { JSX, KeyboardEvent } from 'react';
import { useState } from 'react';

import { isShortcut } from '../focus';
import type {
  IFileProblems,
  IProblem,
  ProblemsModel,
  Severity
} from './problemsmodel';

/** Opens a problem's place. */
export type OpenProblem = (path: string, problem: IProblem) => void;

/** What is drawn for each severity, beside its name: colour alone would not do. */
export const SIGNS: Record<Severity, string> = {
  error: '⊗',
  warning: '⚠',
  info: 'i'
};

export function severityName(
  severity: Severity,
  trans: TranslationBundle
): string {
  return {
    error: trans.__('Error'),
    warning: trans.__('Warning'),
    info: trans.__('Information')
  }[severity];
}

const problemsIcon = new LabIcon({
  name: 'neoai:problems',
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24"><path class="jp-icon3" fill="#616161" d="M12 3 1.5 21h21L12 3zm0 4.2L19 19H5l7-11.8zM11 10.5v4.5h2v-4.5h-2zm0 5.5v2h2v-2h-2z"/></svg>'
});

/** The problems of the open files: at the bottom, as people know it. */
export class ProblemsPanel extends ReactWidget {
  constructor(
    private readonly _model: ProblemsModel,
    private readonly _open: OpenProblem,
    private readonly _trans: TranslationBundle
  ) {
    super();
    this.id = 'neoai-problems';
    this.addClass('neoai-Problems');
    this.title.label = _trans.__('Problems');
    this.title.icon = problemsIcon;
    this.title.closable = true;
  }

  protected override render(): JSX.Element {
    return (
      <UseSignal signal={this._model.changed}>
        {() => (
          <Problems model={this._model} open={this._open} trans={this._trans} />
        )}
      </UseSignal>
    );
  }

  protected override onActivateRequest(): void {
    const { node } = this;
    // Rendered by the next frame where it was made just now.
    requestAnimationFrame(() =>
      node.querySelector<HTMLElement>('.neoai-Problems-list')?.focus()
    );
  }
}

interface IProps {
  model: ProblemsModel;
  open: OpenProblem;
  trans: TranslationBundle;
}

/** A line of the list: a file, or a problem of it. */
interface IRow {
  key: string;
  file: IFileProblems;
  problem: IProblem | null;
}

function Problems({ model, open, trans }: IProps): JSX.Element {
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const [chosen, setChosen] = useState('');
  const files = model.shown;
  const rows = files.flatMap((file): IRow[] => [
    { key: file.path, file, problem: null },
    ...(folded.has(file.path)
      ? []
      : file.problems.map(problem => ({
          key: `${file.path}\n${problem.key}`,
          file,
          problem
        })))
  ]);
  const found = rows.findIndex(({ key }) => key === chosen);
  const at = Math.max(0, found);
  const fold = (path: string, isFolded: boolean) => {
    const next = new Set(folded);
    if (isFolded) {
      next.add(path);
    } else {
      next.delete(path);
    }
    setFolded(next);
  };
  const act = ({ file, problem }: IRow) =>
    problem
      ? open(file.path, problem)
      : fold(file.path, !folded.has(file.path));
  const keyDown = (event: KeyboardEvent<HTMLElement>) => {
    const row = rows[at];
    const to = (index: number) => {
      const next = rows[Math.max(0, Math.min(index, rows.length - 1))];
      setChosen(next.key);
      document
        .getElementById(idOf(next.key))
        ?.scrollIntoView({ block: 'nearest' });
    };
    const keys: Record<string, () => void> = {
      ArrowDown: () => to(found < 0 ? 0 : at + 1),
      ArrowUp: () => to(at - 1),
      Home: () => to(0),
      End: () => to(rows.length - 1),
      ArrowRight: () => fold(row.file.path, false),
      ArrowLeft: () => {
        setChosen(row.file.path);
        if (!row.problem) {
          fold(row.file.path, true);
        }
      },
      Enter: () => act(row)
    };
    if (row && keys[event.key] && !isShortcut(event)) {
      keys[event.key]();
      event.preventDefault();
    }
  };
  return (
    <>
      <Filters model={model} trans={trans} />
      {rows.length === 0 ? (
        <p className="neoai-Problems-empty" role="status">
          {model.files.length === 0
            ? trans.__('No problems have been found in the open files.')
            : trans.__('No problem matches the filter.')}
        </p>
      ) : (
        <div
          className="neoai-Problems-list"
          role="tree"
          tabIndex={0}
          aria-label={trans.__('Problems')}
          aria-activedescendant={idOf(rows[at].key)}
          onKeyDown={keyDown}
        >
          {rows.map((row, index) => (
            <Row
              key={row.key}
              row={row}
              isChosen={index === at}
              isFolded={folded.has(row.file.path)}
              trans={trans}
              act={() => {
                setChosen(row.key);
                act(row);
              }}
            />
          ))}
        </div>
      )}
    </>
  );
}

const idOf = (key: string) => `neoai-problem-${encodeURIComponent(key)}`;

function Filters({
  model,
  trans
}: {
  model: ProblemsModel;
  trans: TranslationBundle;
}): JSX.Element {
  const { text, severities } = model.filter;
  const toggle = (severity: Severity) => {
    const next = new Set(severities);
    if (!next.delete(severity)) {
      next.add(severity);
    }
    model.filter = { text, severities: next };
  };
  return (
    <div className="neoai-Problems-filters" role="toolbar">
      <input
        type="search"
        className="jp-mod-styled"
        placeholder={trans.__('Filter by text or file')}
        aria-label={trans.__('Filter the problems')}
        value={text}
        onChange={({ target }) =>
          (model.filter = { text: target.value, severities })
        }
      />
      {(['error', 'warning', 'info'] as const).map(severity => {
        const name = {
          error: trans.__('Errors'),
          warning: trans.__('Warnings'),
          info: trans.__('Information')
        }[severity];
        return (
          <button
            key={severity}
            className="jp-mod-styled neoai-Problems-filter"
            aria-pressed={severities.has(severity)}
            onClick={() => toggle(severity)}
          >
            <Sign severity={severity} /> {name} {model.count(severity)}
          </button>
        );
      })}
    </div>
  );
}

function Sign({ severity }: { severity: Severity }): JSX.Element {
  return (
    <span className={`neoai-Problems-sign neoai-mod-${severity}`} aria-hidden>
      {SIGNS[severity]}
    </span>
  );
}

interface IRowProps {
  row: IRow;
  isChosen: boolean;
  isFolded: boolean;
  trans: TranslationBundle;
  act: () => void;
}

function Row({ row, isChosen, isFolded, trans, act }: IRowProps): JSX.Element {
  const { file, problem } = row;
  const name = file.path.split('/').pop();
  const folder = file.path.slice(0, -(name?.length ?? 0) - 1);
  return (
    <div
      id={idOf(row.key)}
      className={`neoai-Problems-row${problem ? '' : ' neoai-mod-file'}`}
      role="treeitem"
      aria-level={problem ? 2 : 1}
      aria-selected={isChosen}
      aria-expanded={problem ? undefined : !isFolded}
      onClick={act}
    >
      {problem ? (
        <>
          <Sign severity={problem.severity} />
          <span className="neoai-Problems-hidden">
            {severityName(problem.severity, trans)}:
          </span>
          <span className="neoai-Problems-message">{problem.message}</span>
          <span className="neoai-Problems-where">
            {problem.origin}{' '}
            {trans.__(
              '[Ln %1, Col %2]',
              problem.range.startLineNumber,
              problem.range.startColumn
            )}
          </span>
        </>
      ) : (
        <>
          <span aria-hidden>{isFolded ? '▸' : '▾'}</span>
          <span className="neoai-Problems-message">{name}</span>
          <span className="neoai-Problems-where">{folder}</span>
          <span className="neoai-Problems-count">{file.problems.length}</span>
        </>
      )}
    </div>
  );
}
