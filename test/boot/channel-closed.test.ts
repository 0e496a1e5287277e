import { beforeAll, expect, inject, test } from 'vitest';
import { expectOutcomes, scriptOf } from '../attempts/attempt.ts';
import { channelAttempts, channelPaths } from '../attempts/channel.ts';
import { Prober } from '../harness/probes.ts';
import { TestVm } from '../harness/vm.ts';

const wheres = ['here', 'stock'] as const;
const probers = {} as Record<(typeof wheres)[number], Prober>;

beforeAll(async () => {
  probers.here = await Prober.open(await new TestVm('shared', inject('sharedVm')).engine());
  probers.stock = await Prober.open(await new TestVm('stock', inject('stockVm')).engine());
});

test.each(wheres)('from a privileged container, the channel is out of reach (%s)', async (where) => {
  const found = await probers[where].run(scriptOf(channelAttempts), { host: { Privileged: true } });
  expectOutcomes(channelAttempts, found, where);
});

test.each(channelPaths)('%s cannot be mounted; with plain runc it can', async (path) => {
  const asked = { host: { Binds: [`${path}:/reached`] } };
  expect(await probers.here.refusal(asked)).toContain(
    `can't mount ${path} because it's configured as a restricted host mount`,
  );
  expect(await probers.stock.refusal(asked)).toBeUndefined();
});
