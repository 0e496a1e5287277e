import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ChannelClient } from '../channel/client.ts';
import { HostError } from '../errors.ts';
import type { Progress } from '../machine/progress.ts';
import { clockError, setGuestClock, trySetGuestClock } from './set-clock.ts';

/** A guest whose clock is wrong, and whose answers take so long, there and back again. */
function guest(wrong: number, delays: readonly [there: number, back: number][]) {
  const state = { wrong, asked: 0, set: 0 };
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  const call = async (method: string, params: { by?: number }) => {
    if (method === 'clock.set') {
      state.wrong += params.by ?? Number.NaN;
      state.set++;
      return {};
    }
    const [there, back] = delays[state.asked++ % delays.length] ?? [0, 0];
    await pause(there);
    const now = Date.now() + state.wrong;
    await pause(back);
    return { now };
  };
  return { state, channel: { call } as unknown as ChannelClient };
}

test.each([-1200, -40_000_000, 700])('a clock that is wrong by %d ms is set', async (wrong) => {
  const { state, channel } = guest(wrong, [[0, 0]]);
  expect((await setGuestClock(channel, { timeout: 1000 })).error).toBeCloseTo(wrong, -2);
  expect(Math.abs(state.wrong)).toBeLessThan(50);
  expect(state.set).toBe(1);
});

test('of slow answers the quickest counts, and all are heard', async () => {
  const slow: [number, number][] = [
    [300, 0],
    [0, 400],
    [20, 20],
    [300, 0],
  ];
  const { state, channel } = guest(-1000, slow);
  const { within } = await setGuestClock(channel, { timeout: 1000 });
  expect(within).toBeLessThan(100);
  expect(state.asked).toBe(8);
  expect(Math.abs(state.wrong)).toBeLessThan(100);
});

test('a clock that may be right is left alone', async () => {
  const { state, channel } = guest(20, [[30, 30]]);
  await setGuestClock(channel, { timeout: 1000 });
  expect(state.set).toBe(0);
});

test('clockError() is never further from the truth than it says', () => {
  const time = fc.double({ min: 0, max: 10_000, noNaN: true });
  const wrong = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(time, time, wrong, (there, back, off) => {
      const { error, within } = clockError({ asked: 0, guest: there + off, answered: there + back });
      expect(Math.abs(error - off)).toBeLessThanOrEqual(within + 1e-6);
    }),
  );
});

test('trySetGuestClock() says what went wrong, and goes on', async () => {
  const said: Progress[] = [];
  const failing = (error: Error) => ({ call: () => Promise.reject(error) }) as unknown as ChannelClient;
  const lost = new HostError('channel-lost', 'the channel was closed');
  await trySetGuestClock(failing(lost), { timeout: 1000 }, (progress) => said.push(progress));
  expect(said).toMatchObject([
    { kind: 'warning', text: "the VM's clock was not set: the channel was closed", hint: lost.hint },
  ]);
  const cancelled = new HostError('cancelled', 'by the user');
  await expect(trySetGuestClock(failing(cancelled), { timeout: 1000 }, () => undefined)).rejects.toBe(
    cancelled,
  );
  expect(said).toHaveLength(1);
});
