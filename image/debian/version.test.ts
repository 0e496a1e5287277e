import { expect, it } from 'vitest';
import { compareVersions, upstreamVersion } from './version.ts';

it.each([
  ['1.0', '<', '1.1'],
  ['1.9', '<', '1.10'],
  ['1.0~rc1', '<', '1.0'],
  ['1.0~~', '<', '1.0~'],
  ['1.0', '<', '1.0a'],
  ['1.0a', '<', '1.0+'],
  ['2:0.1', '>', '1:9'],
  ['1:1.0', '>', '9.0'],
  ['1.0-1', '>', '1.0'],
  ['1.0-1', '<', '1.0-1+b1'],
  ['26.1.5+dfsg1-9+deb13u1', '<', '26.1.5+dfsg1-9+deb13u1+b1'],
  ['1.7.24~ds1-6+deb13u1', '<', '1.7.24-1'],
  ['7.3.4-1~bpo13+1', '<', '7.3.4-1'],
  ['7.2.12-1~bpo13+1', '<', '7.3.4-1~bpo13+1'],
  ['2.41-12+deb13u5', '>', '2.41-12'],
  ['1.2.3', '=', '1.2.3'],
  ['1.02', '=', '1.2'],
  ['0:1', '=', '1'],
] as const)('%s %s %s', (a, relation, b) => {
  const expected = { '<': -1, '=': 0, '>': 1 }[relation];
  expect(Math.sign(compareVersions(a, b))).toBe(expected);
  expect(Math.sign(compareVersions(b, a))).toBe(0 - expected);
});

it('upstreamVersion() drops epoch and revision', () => {
  expect(upstreamVersion('1:7.3.4-1~bpo13+1')).toBe('7.3.4');
});
