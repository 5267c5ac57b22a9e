import { languageOf } from '../detection';

const known = [
  { id: 'plaintext', extensions: ['.txt'], mimetypes: ['text/plain'] },
  {
    id: 'python',
    extensions: ['.py'],
    firstLine: '^#!/.*\\bpython[0-9.-]*\\b'
  },
  { id: 'typescript', extensions: ['.ts'] },
  { id: 'javascript', extensions: ['.js'] },
  { id: 'xml', extensions: ['.xml'], mimetypes: ['text/xml'] },
  { id: 'special', extensions: ['.d.ts'] },
  { id: 'dockerfile', filenames: ['Dockerfile'], extensions: ['.dockerfile'] },
  { id: 'shell', extensions: ['.sh'] },
  { id: 'makefile', filenames: ['Makefile'], extensions: ['.mk'] },
  { id: 'ruby', extensions: ['.rb'] },
  { id: 'ini', extensions: ['.ini'] },
  { id: 'yaml', extensions: ['.yaml'], aliases: ['YAML'] },
  { id: 'json', extensions: ['.json'] },
  { id: 'html', extensions: ['.html'] },
  { id: 'perl', extensions: ['.pl'] }
];

describe('the language of a file', () => {
  it.each([
    ['src/a.py', '', [], 'python'],
    ['src/A.PY', '', [], 'python'],
    ['a.d.ts', '', [], 'special'],
    ['deep/Dockerfile', '', [], 'dockerfile'],
    ['Dockerfile.dev', '', [], 'dockerfile'],
    ['GNUmakefile', '', [], 'makefile'],
    ['.bashrc', '', [], 'shell'],
    ['.env.local', '', [], 'shell'],
    ['Rakefile', '', [], 'ruby'],
    ['.editorconfig', '', [], 'ini'],
    ['run', '#!/usr/bin/env python3', [], 'python'],
    ['run', '#!/usr/bin/env -S deno run', [], 'typescript'],
    ['run', '#!/bin/bash', [], 'shell'],
    ['run', '#!/usr/bin/perl5 -w', [], 'perl'],
    ['run', '<!DOCTYPE html>', [], 'html'],
    ['run', '{', [], 'json'],
    ['run', '---', [], 'yaml'],
    ['notes.txt', '# -*- mode: python -*-', [], 'python'],
    ['notes.txt', '# -*- coding: utf-8 -*-', [], 'plaintext'],
    ['a.py', '// vim: set ft=javascript ts=2:', [], 'javascript'],
    ['feed', '', ['text/xml'], 'xml'],
    ['LICENSE', 'BSD', ['text/plain'], 'plaintext']
  ])('%s starting %j is %s', (path, first, mimeTypes, id) => {
    expect(languageOf(known, path, { first, rest: [] }, mimeTypes)).toBe(id);
  });

  it('is what a mode line at the end says', () => {
    const sample = { first: 'x', rest: ['y', '# vim: ft=yaml'] };
    expect(languageOf(known, 'a.txt', sample, [])).toBe('yaml');
  });
});
