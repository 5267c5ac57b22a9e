import { languageOf } from '../languages';

const known = [
  { id: 'plaintext', extensions: ['.txt'], mimetypes: ['text/plain'] },
  {
    id: 'python',
    extensions: ['.py'],
    firstLine: '^#!/.*\\bpython[0-9.-]*\\b'
  },
  { id: 'typescript', extensions: ['.ts'] },
  { id: 'xml', extensions: ['.xml'], mimetypes: ['text/xml'] },
  { id: 'special', extensions: ['.d.ts'] },
  { id: 'dockerfile', filenames: ['Dockerfile'], extensions: ['.dockerfile'] },
  { id: 'shell', extensions: ['.sh'] }
];

describe('the language of a file', () => {
  it.each([
    ['src/a.py', '', [], 'python'],
    ['src/A.PY', '', [], 'python'],
    ['a.d.ts', '', [], 'special'],
    ['deep/Dockerfile', '', [], 'dockerfile'],
    ['run', '#!/usr/bin/env python3', [], 'python'],
    ['run', '#!/bin/bash', [], 'shell'],
    ['feed', '', ['text/xml'], 'xml'],
    ['LICENSE', 'BSD', ['text/plain'], 'plaintext']
  ])('%s starting %j is %s', (path, firstLine, mimeTypes, id) => {
    expect(languageOf(known, path, firstLine, mimeTypes)).toBe(id);
  });
});
