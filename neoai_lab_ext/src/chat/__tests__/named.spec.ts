import { namesOf } from '../named';

function used(name: string, kind = 'attachment') {
  return { name, kind, tokens: 1, cut: 0, note: '' };
}

describe('namesOf', () => {
  it('names each file once, with its lines joined in their order', () => {
    const names = ['app.py', 'app.py:20', 'b.py', 'app.py:3-9', 'app.py:20'];
    expect(namesOf(names.map(name => used(name)))).toEqual([
      'app.py:3-9,20',
      'b.py'
    ]);
  });

  it('joins the cells of a notebook, and what they put out', () => {
    const names = [
      'soup.ipynb, cell 4',
      'soup.ipynb, cell 2, what it put out',
      'soup.ipynb'
    ];
    expect(namesOf(names.map(name => used(name)))).toEqual([
      'soup.ipynb, cell 2,4'
    ]);
  });

  it('names what is no file by what it is', () => {
    expect(
      namesOf([used('', 'diagnostics'), used("KeyError: 'a: 3'", 'fixes')])
    ).toEqual(['diagnostics', "KeyError: 'a: 3'"]);
  });
});
