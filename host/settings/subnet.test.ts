import { expect, it } from 'vitest';
import { DEFAULT_NETWORK } from '../machine/network.ts';
import type { Progress } from '../machine/progress.ts';
import { networkFor } from './subnet.ts';

it('networkFor() takes what the VM said, and warns of what cannot be', () => {
  const said: Progress[] = [];
  const tell = (progress: Progress) => said.push(progress);
  expect(networkFor(undefined, tell)).toEqual(DEFAULT_NETWORK);
  expect(networkFor('192.168.65.0/24', tell).guest).toBe('192.168.65.15');
  expect(said).toEqual([]);
  expect(networkFor('192.168.65.0/30', tell)).toEqual(DEFAULT_NETWORK);
  expect(said).toMatchObject([{ kind: 'warning', text: expect.stringContaining('192.168.65.0/30') }]);
});
