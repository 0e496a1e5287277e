import { describe, expect, it } from 'vitest';
import { condense, PackageIndex } from './package-index.ts';

const hash = '0'.repeat(64);
const packages = `Package: crun
Version: 1.21-1
Depends: libc6 (>= 2.38), libcap2 (>= 1:2.10)
Pre-Depends: init-system-helpers
Filename: pool/main/c/crun/crun_1.21-1_amd64.deb
Size: 368640
SHA256: ${hash}

Package: tini
Version: 0.19.0-3+b8
Filename: pool/main/t/tini/tini_0.19.0-3+b8_amd64.deb
Size: 280384
SHA256: ${hash}

Package: bad
Version: 1
Filename: ../../etc/passwd
Size: 1
SHA256: ${hash}
`;

describe('PackageIndex', () => {
  const index = new PackageIndex(condense(packages), 'trixie');

  it('finds a package with all that it depends on', () => {
    expect(index.all('crun')).toEqual([
      {
        name: 'crun',
        version: '1.21-1',
        sha256: hash,
        size: 368640,
        suite: 'trixie',
        file: 'pool/main/c/crun/crun_1.21-1_amd64.deb',
        depends: 'init-system-helpers, libc6 (>= 2.38), libcap2 (>= 1:2.10)',
      },
    ]);
  });

  it('reads a package that depends on nothing', () => {
    expect(index.all('tini')[0]?.depends).toBe('');
  });

  it('finds nothing for an unknown name', () => {
    expect(index.all('nothing')).toEqual([]);
  });

  it('refuses a path outside of the pool', () => {
    expect(() => index.all('bad')).toThrow(expect.objectContaining({ code: 'release-malformed' }));
  });
});
