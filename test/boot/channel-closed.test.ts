import { beforeAll, expect, test } from 'vitest';
import { otherOutcomes, scriptOf } from '../attempts/attempt.ts';
import { channelAttempts, channelPaths } from '../attempts/rows/channel.ts';
import { Prober } from '../harness/probes.ts';
import { share } from '../harness/share.ts';

const vms = { here: share('shared'), stock: share('stock') };
const wheres = ['here', 'stock'] as const;
const probers = {} as Record<(typeof wheres)[number], Prober>;

beforeAll(async () => {
  for (const where of wheres) probers[where] = await Prober.open(await vms[where].engine());
});

test.each(wheres)('from a privileged container, the channel is out of reach (%s)', async (where) => {
  const found = await probers[where].run(scriptOf(channelAttempts), { host: { Privileged: true } });
  expect(otherOutcomes(channelAttempts, found, where)).toEqual([]);
});

test.each(channelPaths)('%s cannot be mounted; with plain runc it can', async (path) => {
  const asked = { host: { Binds: [`${path}:/reached`] } };
  expect(await probers.here.refusal(asked)).toContain(
    `can't mount ${path} because it's configured as a restricted host mount`,
  );
  expect(await probers.stock.refusal(asked)).toBeUndefined();
});
