/** Sixteen bytes of a file: where they are, their values, and those that are characters. */
export interface IHexRow {
  offset: string;
  values: string;
  characters: string;
}

const WIDTH = 16;

/** `bytes` as a hex editor shows them. */
export function hexRows(bytes: Uint8Array): IHexRow[] {
  const rows: IHexRow[] = [];
  for (let at = 0; at < bytes.length; at += WIDTH) {
    const row = [...bytes.subarray(at, at + WIDTH)];
    const values = row.map(byte => byte.toString(16).padStart(2, '0'));
    rows.push({
      offset: at.toString(16).padStart(8, '0'),
      values: `${values.slice(0, 8).join(' ')}  ${values.slice(8).join(' ')}`,
      characters: row
        .map(byte =>
          byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'
        )
        .join('')
    });
  }
  return rows;
}

/** The first bytes of kinds of files, by which they are known whatever their name. */
const SIGNATURES: [number, string, string][] = [
  [0, '\x89PNG\r\n\x1a\n', 'PNG image'],
  [0, '\xff\xd8\xff', 'JPEG image'],
  [0, 'GIF8', 'GIF image'],
  [8, 'WEBP', 'WebP image'],
  [0, '%PDF-', 'PDF document'],
  [0, 'PK\x03\x04', 'ZIP archive'],
  [0, '\x1f\x8b', 'gzip archive'],
  [0, 'BZh', 'bzip2 archive'],
  [0, '\xfd7zXZ\0', 'xz archive'],
  [0, '\x28\xb5\x2f\xfd', 'Zstandard archive'],
  [257, 'ustar', 'tar archive'],
  [0, 'PAR1', 'Parquet table'],
  [0, 'ARROW1', 'Arrow table'],
  [0, 'SQLite format 3\0', 'SQLite database'],
  [0, '\x89HDF\r\n\x1a\n', 'HDF5 data'],
  [0, '\x93NUMPY', 'NumPy array'],
  [0, '\x7fELF', 'ELF program or library'],
  [0, '\0asm', 'WebAssembly module'],
  [0, 'MZ', 'Windows program'],
  [0, '\x80\x02', 'Python pickle'],
  [0, '\x80\x03', 'Python pickle'],
  [0, '\x80\x04', 'Python pickle'],
  [0, '\x80\x05', 'Python pickle'],
  [4, 'ftyp', 'MP4 video'],
  [0, 'OggS', 'Ogg audio or video'],
  [0, 'ID3', 'MP3 audio'],
  [8, 'WAVE', 'WAV audio'],
  [0, 'wOF2', 'WOFF2 font']
];

/** What a file is by its first bytes; null where they say nothing. */
export function typeOf(head: Uint8Array): string | null {
  const found = SIGNATURES.find(([at, signature]) =>
    [...signature].every(
      (character, i) => head[at + i] === character.charCodeAt(0)
    )
  );
  return found ? found[2] : null;
}
