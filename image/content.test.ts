import { describe, expect, it } from 'vitest';
import { directories, files, forbiddenNames, links, modules, texts } from './content.ts';

describe('the list of what goes into the VM', () => {
  it('exposes each name to the engine once', () => {
    const names = files.flatMap(({ exposed }) => exposed?.as ?? []);
    expect(new Set(names).size).toBe(names.length);
  });

  it('exposes only what is signed', () => {
    expect(files.filter(({ exposed, executable }) => exposed !== undefined && executable !== true)).toEqual(
      [],
    );
  });

  it('keeps the OCI runtime out of every PATH', () => {
    const crun = files.find(({ package: name }) => name === 'crun');
    expect(crun).toMatchObject({
      to: expect.stringMatching(/^\/usr\/libexec\//),
      exposed: { in: 'runtime' },
    });
  });

  it('names each module in one group only', () => {
    const all = Object.values(modules).flat();
    expect(new Set(all).size).toBe(all.length);
  });

  it('gives nobody a shell', () => {
    for (const line of (texts['/etc/passwd'] ?? '').trim().split('\n'))
      expect(line).toMatch(/:\/nonexistent$/);
  });

  it('puts no two kinds of entry in one place', () => {
    const paths = [...Object.keys(links), ...directories, ...Object.keys(texts)];
    expect(new Set(paths).size).toBe(paths.length);
  });

  it('forbids a shell, a package manager and another init', () => {
    expect(forbiddenNames).toEqual(
      expect.arrayContaining(['sh', 'busybox', 'apt', 'dpkg', 'perl', 'systemd', 'ctr']),
    );
  });
});
