import { expect, it } from 'vitest';
import { newestOf, SuiteIndex } from './index-file.ts';

function paragraph(name: string, version: string, depends = ''): string {
  return [
    `Package: ${name}`,
    `Version: ${version}`,
    'Architecture: amd64',
    ...(depends === '' ? [] : [`Depends: ${depends}`]),
    `Filename: pool/main/${name}_${version}_amd64.deb`,
    'Size: 10',
    `SHA256: ${'0'.repeat(64)}`,
  ].join('\n');
}

const stable = new SuiteIndex('trixie', [paragraph('a', '1-1', 'b'), paragraph('b', '2')].join('\n\n'));
const security = new SuiteIndex('trixie-security', [paragraph('a', '1-1+deb13u1'), paragraph('b', '2')].join('\n\n'));

it('the newest version of all suites wins', () => {
  expect(newestOf([stable, security]).find('a')).toMatchObject({ version: '1-1+deb13u1', suite: 'trixie-security' });
});

it('of equal versions the earlier suite wins', () => {
  expect(newestOf([stable, security]).find('b')?.suite).toBe('trixie');
});

it('a package of no suite is undefined', () => {
  expect(newestOf([stable, security]).find('c')).toBeUndefined();
});

it('a paragraph without a checksum is refused', () => {
  const index = new SuiteIndex('trixie', paragraph('a', '1').replace(/SHA256.*/, ''));
  expect(() => index.all('a')).toThrow(expect.objectContaining({ code: 'release-malformed' }));
});
