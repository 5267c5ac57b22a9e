import type { JSX, KeyboardEvent } from 'react';
import { useEffect, useRef, useState } from 'react';

import { isShortcut } from '../focus';
import type { IFileMatches, IMatch } from './search';
import type { IRow, SearchModel } from './searchmodel';

const ROW = 24;
const MORE = 10;

interface IResultsProps {
  model: SearchModel;
  open: (file: IFileMatches, match: IMatch | null) => void;
}

/** What was found: only the rows in view are made, whatever their number. */
export function Results({ model, open }: IResultsProps): JSX.Element {
  const list = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  const { rows, at, trans } = model;
  useEffect(() => {
    const node = list.current!;
    const watch = new ResizeObserver(() => setHeight(node.clientHeight));
    watch.observe(node);
    return () => watch.disconnect();
  }, []);
  useEffect(() => {
    const node = list.current!;
    if (at * ROW < node.scrollTop) {
      node.scrollTop = at * ROW;
    } else if ((at + 1) * ROW > node.scrollTop + node.clientHeight) {
      node.scrollTop = (at + 1) * ROW - node.clientHeight;
    }
  }, [at]);
  const first = Math.max(0, Math.floor(top / ROW) - MORE);
  const last = Math.min(rows.length, Math.ceil((top + height) / ROW) + MORE);
  return (
    <div
      ref={list}
      className="neoai-Search-results"
      role="tree"
      tabIndex={0}
      aria-label={trans.__('Matches')}
      aria-activedescendant={
        rows[at] && at >= first && at < last ? `neoai-match-${at}` : undefined
      }
      onScroll={event => setTop(event.currentTarget.scrollTop)}
      onKeyDown={event => keyDown(event, model, open)}
    >
      <div style={{ height: rows.length * ROW, position: 'relative' }}>
        {rows.slice(first, last).map((row, offset) => (
          <Row
            key={row.key}
            row={row}
            index={first + offset}
            model={model}
            open={open}
          />
        ))}
      </div>
    </div>
  );
}

function keyDown(
  event: KeyboardEvent,
  model: SearchModel,
  open: IResultsProps['open']
): void {
  const { rows, at } = model;
  const row = rows[at];
  if (!row || isShortcut(event)) {
    return;
  }
  const to = (index: number) =>
    model.update({ at: Math.max(0, Math.min(index, rows.length - 1)) });
  const keys: Record<string, () => void> = {
    ArrowDown: () => to(at + 1),
    ArrowUp: () => to(at - 1),
    PageDown: () => to(at + 20),
    PageUp: () => to(at - 20),
    Home: () => to(0),
    End: () => to(rows.length - 1),
    ArrowLeft: () => model.fold(row.file, true),
    ArrowRight: () => model.fold(row.file, false),
    ' ': () => model.isReplacing && model.choose(row, !model.isChosen(row)),
    Enter: () => open(row.file, row.match)
  };
  if (keys[event.key]) {
    keys[event.key]();
    event.preventDefault();
  }
}

interface IRowProps extends IResultsProps {
  row: IRow;
  index: number;
}

function Row({ row, index, model, open }: IRowProps): JSX.Element {
  const { file, match } = row;
  const isFolded = model.isFolded(file);
  const slash = file.path.lastIndexOf('/');
  return (
    <div
      id={`neoai-match-${index}`}
      className={`neoai-Search-row ${match ? 'neoai-mod-match' : 'neoai-mod-file'} ${
        index === model.at ? 'neoai-mod-current' : ''
      }`}
      role="treeitem"
      aria-level={match ? 2 : 1}
      aria-selected={index === model.at}
      aria-expanded={match ? undefined : !isFolded}
      title={match ? `${file.path}:${match.line}` : file.path}
      style={{ top: index * ROW, height: ROW }}
      onClick={() => {
        model.update({ at: index });
        if (match) {
          open(file, match);
        } else {
          model.fold(file, !isFolded);
        }
      }}
    >
      {model.isReplacing && (
        <input
          type="checkbox"
          tabIndex={-1}
          aria-label={
            match
              ? model.trans.__('Replace this')
              : model.trans.__('Replace in %1', file.path)
          }
          checked={model.isChosen(row)}
          disabled={match !== null && model.becomes(match) === null}
          onClick={event => event.stopPropagation()}
          onChange={event => model.choose(row, event.target.checked)}
        />
      )}
      {match ? (
        <Line match={match} model={model} />
      ) : (
        <>
          <span className="neoai-Search-fold" aria-hidden="true">
            {isFolded ? '▸' : '▾'}
          </span>
          <span className="neoai-Search-name">
            {file.path.slice(slash + 1)}
          </span>
          <span className="neoai-Search-folder">
            {file.path.slice(0, Math.max(slash, 0))}
          </span>
          <span className="neoai-Search-count">{file.matches.length}</span>
        </>
      )}
    </div>
  );
}

/** A line with its match, and beside it what the match becomes. */
function Line({
  match,
  model
}: {
  match: IMatch;
  model: SearchModel;
}): JSX.Element {
  const { text, start, end, at, line } = match;
  const begin = start - at;
  // The match itself must be in view in a narrow panel, however far it is indented or to the right,
  // and what it becomes too.
  const lead = Math.min(begin, text.length - text.trimStart().length);
  const becomes = model.isReplacing ? model.becomes(match) : null;
  const before = becomes === null ? 16 : 8;
  const from = begin - lead > before + 2 ? begin - before : lead;
  return (
    <>
      <span className="neoai-Search-line">{line}</span>
      <code>
        {from > lead ? '…' : ''}
        {text.slice(from, begin)}
        {becomes !== null ? (
          <>
            <del>{text.slice(begin, end - at)}</del>
            <ins>{becomes}</ins>
          </>
        ) : (
          <mark>{text.slice(begin, end - at)}</mark>
        )}
        {text.slice(end - at)}
      </code>
    </>
  );
}
