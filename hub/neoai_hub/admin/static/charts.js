// Draws each history on the page; its table says the same.
'use strict';
(() => {
  const HEIGHT = 220;
  const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const drawn = new Map();

  // In UTC, as everything on these pages.
  const iso = at => new Date(1000 * at).toISOString();
  const day = at => iso(at).slice(0, 10);
  const hour = at => iso(at).slice(11, 16);
  const hours = (_, times) => times.map(at => (hour(at) === '00:00' ? day(at).slice(5) : hour(at)));

  const line = (label, name, scale, dash) => ({
    label,
    scale,
    stroke: () => colour(name),
    width: 2,
    dash,
    spanGaps: false,
    points: { show: false }
  });
  const axis = (scale, side, values, grid) => ({
    scale,
    size: side === 2 ? 40 : 60,
    side,
    values,
    stroke: () => colour('--soft'),
    grid: { show: grid, stroke: () => colour('--line'), width: 1 },
    ticks: { stroke: () => colour('--line'), width: 1 }
  });

  const draw = place => {
    const given = JSON.parse(document.getElementById(place.dataset.chart).textContent);
    const percent = (_, values) => values.map(value => `${value} %`);
    const whole = (_, values) => values.map(value => (Number.isInteger(value) ? value : ''));
    const options = {
      width: place.clientWidth,
      height: HEIGHT,
      tzDate: at => uPlot.tzDate(new Date(1000 * at), 'Etc/UTC'),
      // A wheel or a drag changes nothing: the spans above the chart do.
      cursor: { drag: { x: false, y: false } },
      scales: { '%': { range: [0, 100] }, other: { range: (_, __, most) => [0, Math.max(1, most * 1.05)] } },
      axes: [axis('x', 2, hours, true), axis('%', 3, percent, true)],
      series: [
        { label: 'Time (UTC)', value: (_, at) => (at ? day(at) + ' ' + hour(at) : '--') },
        line('Mean %', '--accent', '%'),
        line('Highest %', '--second', '%', [4, 4])
      ]
    };
    if (given.other) {
      options.series.push(line(given.other, '--third', 'other', [2, 2]));
      options.axes.push(axis('other', 1, whole, false));
    }
    drawn.get(place)?.destroy();
    drawn.set(place, new uPlot(options, given.points, place));
  };

  const all = () => {
    for (const [place, chart] of drawn) {
      if (!place.isConnected) {
        chart.destroy();
        drawn.delete(place);
      }
    }
    document.querySelectorAll('[data-chart]').forEach(draw);
  };
  const fit = () => {
    for (const [place, chart] of drawn) {
      chart.setSize({ width: place.clientWidth, height: HEIGHT });
    }
  };
  document.addEventListener('DOMContentLoaded', all);
  document.addEventListener('htmx:afterSettle', all);
  addEventListener('resize', fit);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', all);
})();
