/** From which sizes on a file is shown in another way, in bytes. */
export interface ILimits {
  /** Above it a file is read-only. */
  editable: number;
  /** Above it only a part of a file is shown. */
  shown: number;
}

/** What is known of a file before it is loaded. */
export interface IFacts {
  /** In bytes; null where the server does not say. */
  size: number | null;
  /** Null: it is no text. Undefined: the server cannot tell. */
  encoding: string | null | undefined;
}

/**
 * How a file is opened: as `text` by the editor or viewer that was asked for; read-only as
 * `large`; `huge`, of which a part is shown at most; `binary`, whose bytes mean something else.
 */
export type Kind = 'text' | 'large' | 'huge' | 'binary';

export function judge({ size, encoding }: IFacts, limits: ILimits): Kind {
  if (size !== null && size > Math.max(limits.shown, limits.editable)) {
    return encoding === null ? 'binary' : 'huge';
  }
  if (encoding === null) {
    return 'binary';
  }
  return size !== null && size > limits.editable ? 'large' : 'text';
}

/** As people read sizes: `812 bytes`, `1.5 MB`. */
export function sizeText(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits).replace(/\.0$/, '')} ${units[unit]}`;
}
