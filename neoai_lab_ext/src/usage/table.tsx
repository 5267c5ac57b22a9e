import type { JSX } from 'react';

import type { IChartProps } from './charts';
import { count, formatSums } from './format';

/** The same as a chart, in numbers: all that is known of each. */
export function SumsTable({
  bars,
  name,
  title,
  trans
}: IChartProps & { title: string }): JSX.Element {
  const rows = bars.filter(({ sums }) => sums.calls > 0);
  return (
    <div className="neoai-Usage-table" tabIndex={0}>
      <table>
        <caption className="neoai-Usage-hidden">{title}</caption>
        <thead>
          <tr>
            <th scope="col">{trans.__('Name')}</th>
            <th scope="col">{trans.__('Cost')}</th>
            <th scope="col">{trans.__('No price')}</th>
            <th scope="col">{trans.__('Tokens in')}</th>
            <th scope="col">{trans.__('Tokens out')}</th>
            <th scope="col">{trans.__('Estimated')}</th>
            <th scope="col">{trans.__('Requests')}</th>
            <th scope="col">{trans.__('Failed')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, sums }) => (
            <tr key={key} data-key={key}>
              <th scope="row">{name(key)}</th>
              <td>{formatSums(sums, 'cost')}</td>
              <td>{count(sums.unpriced)}</td>
              <td>{count(sums.input_tokens)}</td>
              <td>{count(sums.output_tokens)}</td>
              <td>{count(sums.estimated)}</td>
              <td>{count(sums.calls)}</td>
              <td>{count(sums.failed)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
