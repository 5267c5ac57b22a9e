import type { JSX, KeyboardEvent } from 'react';
import { useEffect, useRef, useState } from 'react';

import { isShortcut } from '../focus';
import type { Everywhere, IRow, Kind } from './everywhere';
import { labelOf } from './labels';
import { marked } from './marked';
import type { IFileMatches, IMatch } from './search';
import type { SearchModel } from './searchmodel';

const ROW = 24;
const MORE = 10;

/** Opens a file, at a match where there is one. */
export type Open = (
  kind: Kind,
  file: IFileMatches,
  match: IMatch | null
) => void;

interface IResultsProps {
  model: Everywhere;
  open: Open;
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

function keyDown(event: KeyboardEvent, model: Everywhere, open: Open): void {
  const { rows, at, text } = model;
  const row = rows[at];
  if (!row || isShortcut(event)) {
    return;
  }
  const { file, match } = row;
  const keys: Record<string, () => void> = {
    ArrowDown: () => model.moveTo(at + 1),
    ArrowUp: () => model.moveTo(at - 1),
    PageDown: () => model.moveTo(at + 20),
    PageUp: () => model.moveTo(at - 20),
    Home: () => model.moveTo(0),
    End: () => model.moveTo(rows.length - 1),
    ArrowLeft: () => model.fold(row, true),
    ArrowRight: () => model.fold(row, false),
    ' ': () => {
      if (file && text.isReplacing) {
        text.choose({ file, match }, !text.isChosen({ file, match }));
      }
    },
    Enter: () => (file ? open(row.kind, file, match) : model.show(row.kind))
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
  const { kind, file, match } = row;
  const style = { top: index * ROW, height: ROW };
  if (!file) {
    return <Heading row={row} index={index} model={model} style={style} />;
  }
  const isFolded = model.isFolded(row);
  const isLeaf = match !== null || file.matches.length === 0;
  return (
    <div
      id={`neoai-match-${index}`}
      className={`neoai-Search-row ${match ? 'neoai-mod-match' : 'neoai-mod-file'} ${
        index === model.at ? 'neoai-mod-current' : ''
      }`}
      role="treeitem"
      aria-level={match ? 2 : 1}
      aria-selected={index === model.at}
      aria-expanded={isLeaf ? undefined : !isFolded}
      title={titleOf(file, match, model)}
      style={style}
      onClick={() => {
        model.moveTo(index);
        if (isLeaf) {
          open(kind, file, match);
        } else {
          model.fold(row, !isFolded);
        }
      }}
    >
      {model.text.isReplacing && (
        <Choice file={file} match={match} model={model.text} />
      )}
      {match ? (
        <Line match={match} model={model.text} />
      ) : (
        <FileName file={file} isFolded={isFolded} />
      )}
    </div>
  );
}

function titleOf(
  { path }: IFileMatches,
  match: IMatch | null,
  { trans }: Everywhere
): string {
  return match?.isFix
    ? trans.__('How %1 was fixed in %2', match.symbol, path)
    : match
      ? `${path}:${match.line}`
      : path;
}

/** What the rows below were found by; with a click they are all that is shown. */
function Heading({
  row,
  index,
  model,
  style
}: Omit<IRowProps, 'open'> & { style: object }): JSX.Element {
  const { matchCount, isBusy, problem } = model.of(row.kind);
  return (
    <div
      id={`neoai-match-${index}`}
      className={`neoai-Search-row neoai-mod-heading ${
        index === model.at ? 'neoai-mod-current' : ''
      }`}
      role="treeitem"
      aria-level={1}
      aria-selected={index === model.at}
      title={problem ?? model.trans.__('Show only these')}
      style={style}
      onClick={() => model.show(row.kind)}
    >
      <span className="neoai-Search-name">
        {labelOf(row.kind, model.trans)}
      </span>
      <span className="neoai-Search-folder">
        {problem ?? (isBusy ? model.trans.__('Searching…') : '')}
      </span>
      {matchCount > 0 && (
        <span className="neoai-Search-count">{matchCount}</span>
      )}
    </div>
  );
}

function FileName({
  file: { path, marks, matches },
  isFolded
}: {
  file: IFileMatches;
  isFolded: boolean;
}): JSX.Element {
  const name = path.lastIndexOf('/') + 1;
  const places = (marks ?? []).map((at): [number, number] => [at, at + 1]);
  const inName = places.map(([a, b]): [number, number] => [a - name, b - name]);
  const folder = path.slice(0, Math.max(name - 1, 0));
  return (
    <>
      {matches.length > 0 && (
        <span className="neoai-Search-fold" aria-hidden="true">
          {isFolded ? '▸' : '▾'}
        </span>
      )}
      <span className="neoai-Search-name">
        {marked(path.slice(name), inName)}
      </span>
      <span className="neoai-Search-folder">{marked(folder, places)}</span>
      {matches.length > 0 && (
        <span className="neoai-Search-count">{matches.length}</span>
      )}
    </>
  );
}

function Choice({
  file,
  match,
  model
}: {
  file: IFileMatches;
  match: IMatch | null;
  model: SearchModel;
}): JSX.Element {
  return (
    <input
      type="checkbox"
      tabIndex={-1}
      aria-label={
        match
          ? model.trans.__('Replace this')
          : model.trans.__('Replace in %1', file.path)
      }
      checked={model.isChosen({ file, match })}
      disabled={match !== null && model.becomes(match) === null}
      onClick={event => event.stopPropagation()}
      onChange={event => model.choose({ file, match }, event.target.checked)}
    />
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
  const { text, start, end, at, line, symbol, isFix } = match;
  const places = match.marks ?? [[start - at, end - at] as const];
  const indented = text.length - text.trimStart().length;
  const begin = places[0]?.[0] ?? indented;
  // The match itself must be in view in a narrow panel, however far it is indented or to the right,
  // and what it becomes too.
  const lead = Math.min(begin, indented);
  const becomes = model.isReplacing ? model.becomes(match) : null;
  const before = becomes === null ? 16 : 8;
  const from = begin - lead > before + 2 ? begin - before : lead;
  const shown = text.slice(from);
  return (
    <>
      {isFix ? (
        <span className="neoai-Search-fix">
          {model.trans.__('Fixed before')}
        </span>
      ) : (
        <span className="neoai-Search-line">{line}</span>
      )}
      {symbol && <span className="neoai-Search-symbol">{symbol}</span>}
      <code>
        {from > lead ? '…' : ''}
        {becomes !== null ? (
          <>
            {text.slice(from, begin)}
            <del>{text.slice(begin, end - at)}</del>
            <ins>{becomes}</ins>
            {text.slice(end - at)}
          </>
        ) : (
          marked(
            shown,
            places.map(([a, b]) => [a - from, b - from] as const)
          )
        )}
      </code>
    </>
  );
}
