/** Lines from 1, inclusive. */
export interface ILines {
  start: number;
  end: number;
}

/**
 * The lines that a URL fragment names: `#L12`, `#L12-L20`, `#L12-20`, and RFC 5147's `#line=11`
 * and `#line=11,20`, which JupyterLab's own editor takes and which count from 0. Null for others.
 */
export function parseFragment(fragment: string): ILines | null {
  const lines = /^#L(\d+)(?:-L?(\d+))?$/.exec(fragment);
  if (lines) {
    return ordered(Number(lines[1]), Number(lines[2] ?? lines[1]));
  }
  const positions = /^#line=(\d*)(?:,(\d+))?$/.exec(fragment);
  if (positions) {
    const first = Number(positions[1] || '0') + 1;
    return ordered(first, positions[2] ? Number(positions[2]) : first);
  }
  return null;
}

function ordered(start: number, end: number): ILines {
  return {
    start: Math.max(1, Math.min(start, end)),
    end: Math.max(1, start, end)
  };
}
