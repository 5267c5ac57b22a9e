import { hexRows, typeOf } from '../hex';
import { judge, sizeText } from '../judging';
import { keptBack, labelOf } from '../reading';

const limits = { editable: 20, shown: 200 };

describe('how a file is opened', () => {
  it.each([
    ['text', 20, 'utf-8'],
    ['large', 21, 'utf-8'],
    ['large', 200, undefined],
    ['huge', 201, 'utf-8'],
    ['binary', 1, null],
    ['binary', 201, null],
    ['text', null, 'utf-8'],
    ['text', 0, undefined]
  ] as const)('is %s at %s of 20 and 200, in %s', (kind, size, encoding) => {
    expect(judge({ size, encoding }, limits)).toBe(kind);
  });

  it('has no gap where the upper limit is set below the lower', () => {
    const odd = { editable: 50, shown: 10 };
    expect(judge({ size: 30, encoding: 'utf-8' }, odd)).toBe('text');
    expect(judge({ size: 51, encoding: 'utf-8' }, odd)).toBe('huge');
  });
});

describe('sizes', () => {
  it('are read in the unit that fits', () => {
    expect([812, 1500, 20_000_000, 3.2e9].map(sizeText)).toEqual([
      '812 bytes',
      '1.5 kB',
      '20 MB',
      '3.2 GB'
    ]);
  });
});

describe('bytes', () => {
  it('are shown sixteen a row, with the characters that they are', () => {
    const bytes = new TextEncoder().encode('0123456789abcdef\n~');
    expect(hexRows(bytes)).toEqual([
      {
        offset: '00000000',
        values: '30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66',
        characters: '0123456789abcdef'
      },
      { offset: '00000010', values: '0a 7e  ', characters: '.~' }
    ]);
  });

  it('say what a file is, whatever its name', () => {
    const bytes = (text: string) =>
      Uint8Array.from(text, character => character.charCodeAt(0));
    expect(typeOf(bytes('\x89PNG\r\n\x1a\nrest'))).toBe('PNG image');
    expect(typeOf(bytes('\0\0\0\x20ftypisom'))).toBe('MP4 video');
    expect(typeOf(bytes('plain'))).toBeNull();
    expect(typeOf(new Uint8Array())).toBeNull();
  });
});

describe('portions of a text', () => {
  it('cut no line end and no character in two', () => {
    expect(keptBack('ab\r', 3)).toBe(1);
    expect(keptBack('a\ud83d', 2)).toBe(1);
    expect(keptBack('a\ud83d\ude42', 3)).toBe(0);
    expect(keptBack('\r', 1)).toBe(0);
  });

  it('are decoded as the server found', () => {
    const server = ['utf-8-bom', 'utf-16be', 'shift-jis', 'koi8-r', 'gb18030'];
    expect(server.map(labelOf)[0]).toBe('utf-8');
    expect(() =>
      server.forEach(name => new TextDecoder(labelOf(name)))
    ).not.toThrow();
  });
});
