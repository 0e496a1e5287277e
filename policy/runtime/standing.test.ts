import { expect, test } from 'vitest';
import { describeStanding } from './standing.ts';

test.each([
  [undefined, 'built in, not locked'],
  [{ source: 'user', locked: false }, 'set by you, not locked'],
  [{ source: 'admin', locked: false }, 'set by your administrator, not locked'],
  [{ source: 'admin', locked: true }, 'locked by your administrator'],
  [
    { source: 'strictest', locked: true },
    'strictest defaults, as valid settings are required and none are there, locked',
  ],
] as const)('%j reads: %s', (standing, text) => expect(describeStanding(standing)).toBe(text));
