import { nullTranslator } from '@jupyterlab/translation';

import { countdown, inWords } from '../texts';

const trans = nullTranslator.load('neoai');

describe('the time that is left', () => {
  it.each([
    [899_001, '15:00'],
    [61_000, '1:01'],
    [400, '0:01'],
    [-5, '0:00'],
    [3_600_000, '1:00:00']
  ])('counts %d down as %s', (left, text) => {
    expect(countdown(left)).toBe(text);
  });

  it('is read aloud in whole minutes', () => {
    expect(inWords(290_000, trans)).toBe('The server stops in 5 minutes.');
    expect(inWords(65_000, trans)).toBe('The server stops in 1 minute.');
    expect(inWords(20_000, trans)).toBe(
      'The server stops in less than a minute.'
    );
  });
});
