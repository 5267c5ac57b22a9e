import type { TranslationBundle } from '@jupyterlab/translation';
import { type JSX, useLayoutEffect, useRef, useState } from 'react';

import { doubts, format, formatSums } from './format';
import { type IBar, type Measure, ticks, valueOf } from './sums';

export interface IChartProps {
  bars: readonly IBar[];
  measure: Measure;
  /** What a bar stands for, in words. */
  name: (key: string) => string;
  trans: TranslationBundle;
}

const HEIGHT = 160;
const TOP = 8;
const BOTTOM = 22;
const LEFT = 64;
const LABEL_WIDTH = 64;

/** A bar for each day, at the width that there is. */
export function DayChart({
  bars,
  measure,
  name,
  trans
}: IChartProps): JSX.Element {
  const [node, width] = useWidth();
  const lines = ticks(
    Math.max(...bars.map(({ sums }) => valueOf(sums, measure)))
  );
  const most = lines[lines.length - 1];
  const y = (value: number) => HEIGHT - BOTTOM - (value / most) * PLOT;
  const step = Math.max(1, (width - LEFT) / Math.max(1, bars.length));
  const every = Math.ceil(LABEL_WIDTH / step);
  const top = bars.reduce((one, other) =>
    valueOf(other.sums, measure) > valueOf(one.sums, measure) ? other : one
  );
  const said = trans.__(
    '%1 days; the most on %2: %3. The tables have every day.',
    bars.length,
    name(top.key),
    formatSums(top.sums, measure)
  );
  return (
    <div ref={node} className="neoai-Usage-days">
      <svg width={width} height={HEIGHT} role="img" aria-label={said}>
        {lines.map(value => (
          <g key={value}>
            <line x1={LEFT} x2={width} y1={y(value)} y2={y(value)} />
            <text x={LEFT - 8} y={y(value) + 4} textAnchor="end">
              {format(value, measure, true)}
            </text>
          </g>
        ))}
        {bars.map(({ key, sums }, index) => {
          const value = valueOf(sums, measure);
          const height =
            value > 0 ? Math.max(2, HEIGHT - BOTTOM - y(value)) : 0;
          const gap = Math.min(4, step / 4);
          const x = LEFT + index * step;
          return (
            <g key={key} data-key={key} data-value={value}>
              <title>
                {[
                  `${name(key)}: ${formatSums(sums, measure)}`,
                  ...doubts(sums, measure, trans)
                ].join('\n')}
              </title>
              <rect
                className="neoai-Usage-hit"
                x={x}
                y={TOP}
                width={step}
                height={PLOT}
              />
              <rect
                className="neoai-Usage-bar"
                x={x + gap / 2}
                y={HEIGHT - BOTTOM - height}
                width={Math.max(1, step - gap)}
                height={height}
              />
              {index % every === 0 && x + LABEL_WIDTH / 2 < width && (
                <text x={x} y={HEIGHT - 6}>
                  {name(key)}
                </text>
              )}
            </g>
          );
        })}
      </svg>
    </div>
  );
}

const PLOT = HEIGHT - TOP - BOTTOM;

/** The largest first, each with its number. */
export function RankedChart(props: IChartProps): JSX.Element {
  const { bars, measure, name, trans } = props;
  const most = Math.max(...bars.map(({ sums }) => valueOf(sums, measure)));
  return (
    <ol className="neoai-Usage-ranked">
      {bars.map(({ key, sums }) => {
        const value = valueOf(sums, measure);
        const share = most > 0 ? (100 * value) / most : 0;
        return (
          <li key={key} data-key={key} data-value={value}>
            <span className="neoai-Usage-name" title={name(key)}>
              {name(key)}
            </span>
            <span className="neoai-Usage-value">
              {formatSums(sums, measure)}
            </span>
            <svg width="100%" height="8" aria-hidden>
              <rect className="neoai-Usage-track" width="100%" height="8" />
              <rect
                className="neoai-Usage-bar"
                width={`${share}%`}
                height="8"
              />
            </svg>
            {doubts(sums, measure, trans).map(doubt => (
              <small key={doubt}>{doubt}</small>
            ))}
          </li>
        );
      })}
    </ol>
  );
}

/** A node for `ref`, and how wide it is. */
function useWidth(): [React.RefObject<HTMLDivElement>, number] {
  const node = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(([entry]) =>
      setWidth(entry.contentRect.width)
    );
    observer.observe(node.current!);
    return () => observer.disconnect();
  }, []);
  return [node, width];
}
