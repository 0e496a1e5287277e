import { afterEach, describe, expect, it } from 'vitest';
import { RPC } from '../../services/channel/protocol/methods.ts';
import { ChannelClient } from '../channel/client.ts';
import { FakeGuest, HELLO } from '../channel/fake-guest.ts';
import type { Progress } from '../machine/progress.ts';
import { submission, submitSettings } from './submit.ts';

const guests: FakeGuest[] = [];
afterEach(async () => {
  for (const guest of guests.splice(0)) await guest.close();
});

const SEALED = {
  mode: 'managed',
  organization: 'acme',
  serial: 3,
  digest: 'a'.repeat(64),
  notes: [
    { level: 'info', message: 'serial 3 of acme is in force' },
    { level: 'warn', message: 'x is not known', hint: 'look' },
  ],
};

/** Submits to a guest that answers so; what the user was told. */
async function submitTo(answer: (guest: FakeGuest, id: string, count: number) => unknown) {
  let count = 0;
  const guest = await new FakeGuest(({ method, id }, fake) =>
    method === 'hello' ? HELLO : answer(fake, id, ++count),
  ).listen();
  guests.push(guest);
  const said: Progress[] = [];
  const channel = new ChannelClient(guest.path);
  try {
    await submitSettings(
      channel,
      { required: true },
      { timeout: 10_000, onProgress: (each) => said.push(each) },
    );
  } finally {
    channel.close();
  }
  return { said, asked: guest.requests.filter(({ method }) => method === 'settings.submit') };
}

it('submission() says nothing where there is nothing, and all that there is', () => {
  expect(submission({})).toEqual({ allowedOrganizations: [], required: false });
  expect(
    submission({
      admin: { bytes: Buffer.from('{}'), signature: 's' },
      user: Buffer.from('{ }'),
      allowedOrganizations: ['acme'],
      required: true,
    }),
  ).toEqual({
    admin: { document: 'e30=', signature: 's' },
    user: 'eyB9',
    allowedOrganizations: ['acme'],
    required: true,
  });
});

describe('submitSettings()', () => {
  it('tells the user what the guest has to say of them', async () => {
    const { said, asked } = await submitTo(() => SEALED);
    expect(asked[0]?.params).toEqual({ allowedOrganizations: [], required: true });
    expect(said).toEqual([
      { kind: 'note', text: 'settings: serial 3 of acme is in force' },
      { kind: 'warning', text: 'settings: x is not known', hint: 'look' },
    ]);
  });

  it('goes on with a guest that has sealed its settings, and says so', async () => {
    const { said } = await submitTo((guest, id) =>
      guest.fail(id, RPC.refused, 'this boot has its settings already', { code: 'refused', hint: 'apply' }),
    );
    expect(said).toEqual([
      { kind: 'warning', text: expect.stringContaining('has its settings already'), hint: 'apply' },
    ]);
  });

  it('says it again when the connection was lost meanwhile', async () => {
    const { said, asked } = await submitTo((guest, _id, count) => {
      if (count > 1) return SEALED;
      guest.socket?.destroy();
      return undefined;
    });
    expect(asked).toHaveLength(2);
    expect(said).toHaveLength(2);
  });
});
