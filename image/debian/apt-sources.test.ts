import { describe, expect, it } from 'vitest';
import { chooseMirrors, parseDeb822Sources, parseOneLineSources } from './apt-sources.ts';

const deb822 = `# a comment
Types: deb deb-src
URIs: http://mirror.example/debian/
Suites: bookworm bookworm-updates
Components: main contrib

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`;

describe('chooseMirrors()', () => {
  it('finds both archives in deb822 style', () => {
    expect(chooseMirrors(parseDeb822Sources(deb822))).toEqual({
      main: 'http://mirror.example/debian',
      security: 'http://mirror.example/debian-security',
    });
  });

  it('finds both archives in one-line style', () => {
    const list = [
      '# deb http://old.example/debian bookworm main',
      'deb [signed-by=/k.gpg arch=amd64] https://mirror.example/debian bookworm main # ours',
      'deb-src https://sources.example/debian bookworm main',
      'deb https://mirror.example/sec bookworm-security main contrib',
    ].join('\n');
    expect(chooseMirrors(parseOneLineSources(list))).toEqual({
      main: 'https://mirror.example/debian',
      security: 'https://mirror.example/sec',
    });
  });

  it('does not take archives of other distributions, other protocols or disabled ones', () => {
    const sources = [
      ...parseOneLineSources('deb http://mirror.example/ubuntu noble main'),
      ...parseOneLineSources('deb http://tools.example/node nodistro main'),
      ...parseOneLineSources('deb cdrom:[Debian]/ bookworm main'),
      ...parseDeb822Sources(`Enabled: no\n${deb822.split('\n').slice(1, 5).join('\n')}`),
    ];
    expect(chooseMirrors(sources)).toEqual({ main: undefined, security: undefined });
  });
});
