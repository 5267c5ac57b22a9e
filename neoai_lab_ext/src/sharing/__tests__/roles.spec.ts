import { PageConfig } from '@jupyterlab/coreutils';

import { Roles } from '../roles';

const roles = new Roles([
  { path: 'a', role: 'editor' },
  { path: 'a/inner', role: 'viewer' },
  { path: 'b', role: 'owner' }
]);

describe('Roles', () => {
  it('gives the role of the innermost project', () => {
    expect(roles.at('a/x.txt')).toBe('editor');
    expect(roles.at('a/inner/x.txt')).toBe('viewer');
    expect(roles.at('b')).toBe('owner');
    expect(roles.at('ab/x.txt')).toBeNull();
  });

  it('lets editors and owners write, and nobody a chat', () => {
    expect(roles.canWrite('a/x.txt')).toBe(true);
    expect(roles.canWrite('b/x.txt')).toBe(true);
    expect(roles.canWrite('a/inner/x.txt')).toBe(false);
    expect(roles.canWrite('c/x.txt')).toBe(false);
    expect(roles.canWrite('b/talk.chat')).toBe(false);
  });

  it('is not there for the owner of the server', () => {
    expect(Roles.ofPage()).toBeNull();
    PageConfig.setOption('neoaiRoles', '{"": "viewer"}');
    expect(Roles.ofPage()?.at('any/where')).toBe('viewer');
    PageConfig.setOption('neoaiRoles', '');
  });
});
