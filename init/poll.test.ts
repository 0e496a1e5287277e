import { expect, test } from 'vitest';
import { poll } from './poll.ts';

/** A clock that goes on by 10 at each look at it. */
function ticking(): () => number {
  let now = 0;
  return () => {
    now += 10;
    return now;
  };
}

test('poll() gives what is found in the end', async () => {
  let looks = 0;
  const look = () => {
    looks += 1;
    return looks === 3 ? 'here' : undefined;
  };
  expect(await poll(look, { clock: ticking(), timeout: 1000, interval: 0 })).toBe('here');
});

test('poll() looks at least once, and gives up when the time has passed', async () => {
  let looks = 0;
  const look = async () => {
    looks += 1;
    return undefined;
  };
  expect(await poll(look, { clock: ticking(), timeout: 25, interval: 0 })).toBeUndefined();
  expect(looks).toBe(3);
});
