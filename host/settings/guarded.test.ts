import { describe, expect, it } from 'vitest';
import { type Guard, guardProblem } from './guarded.ts';
import { adminPlaces, foldersTo, userSettingsFile } from './places.ts';

const good: Guard = { kind: 'file', uid: 0, mode: 0o100644 };

describe('guardProblem()', () => {
  it.each<[string, Guard, string | undefined, string | undefined]>([
    ["root's own", good, undefined, undefined],
    ['unreadable for others', { ...good, mode: 0o100600 }, undefined, undefined],
    ["a user's", { ...good, uid: 1000 }, 'belongs to user 1000, not to root', "chown 0 '/x'"],
    ['writable for a group', { ...good, mode: 0o100664 }, 'mode 664', "chmod go-w '/x'"],
    ['writable for all', { ...good, mode: 0o100646 }, 'mode 646', "chmod go-w '/x'"],
    ['a link', { ...good, kind: 'link' }, 'is a symbolic link', 'put the file itself there'],
    ['a pipe', { ...good, kind: 'other' }, 'is no file', 'put the file itself there'],
    ['a folder', { ...good, kind: 'folder' }, 'is no file', 'put the file itself there'],
    ['hidden', { kind: 'hidden', uid: -1, mode: 0 }, 'cannot be seen by you', "chmod a+x '/'"],
  ])('%s', (_name, guard, problem, hint) => {
    const found = guardProblem('/x', 'file', guard, 0);
    if (problem === undefined) expect(found).toBeUndefined();
    else expect(found).toEqual({ problem: expect.stringContaining(problem), hint });
  });

  it('takes no sticky bit for an excuse: a folder that all can write in is not the owner’s alone', () => {
    const guard: Guard = { kind: 'folder', uid: 0, mode: 0o41777 };
    expect(guardProblem('/tmp', 'folder', guard, 0)?.problem).toContain('mode 1777');
  });

  it('knows no owners where the system has none, and refuses links still', () => {
    expect(guardProblem('/x', 'file', { kind: 'file', uid: 0, mode: 0o666 }, undefined)).toBeUndefined();
    expect(guardProblem('/x', 'file', { ...good, kind: 'link' }, undefined)).toBeDefined();
  });
});

describe('adminPlaces()', () => {
  it.each([
    ['linux', ['/etc/bulkhead', '/usr/share/docker-desktop'], ['/', '/etc', '/etc/bulkhead']],
    [
      'darwin',
      ['/Library/Application Support/com.docker.docker'],
      ['/', '/Library', '/Library/Application Support', '/Library/Application Support/com.docker.docker'],
    ],
    [
      'win32',
      ['C:\\ProgramData\\DockerDesktop'],
      ['C:\\', 'C:\\ProgramData', 'C:\\ProgramData\\DockerDesktop'],
    ],
  ] as const)('of %s, and every folder on the way', (platform, folders, way) => {
    const places = adminPlaces(platform);
    expect(places.folders).toEqual(folders);
    expect(foldersTo(folders[0], places)).toEqual(way);
  });
});

it('userSettingsFile() follows XDG_CONFIG_HOME when it is absolute', () => {
  expect(userSettingsFile({ HOME: '/h' })).toBe('/h/.config/bulkhead/settings.json');
  expect(userSettingsFile({ HOME: '/h', XDG_CONFIG_HOME: 'c' })).toBe('/h/.config/bulkhead/settings.json');
  expect(userSettingsFile({ XDG_CONFIG_HOME: '/c' })).toBe('/c/bulkhead/settings.json');
});
