import { expect, test } from 'vitest';
import { access } from '../../services/channel/protocol/access.ts';
import { methods, RPC } from '../../services/channel/protocol/methods.ts';
import { answer, type Handlers } from './answer.ts';

const names = Object.keys(methods) as (keyof typeof methods)[];
const reached: string[] = [];
const handlers = Object.fromEntries(
  names.map((name) => [
    name,
    () => {
      reached.push(name);
      return {};
    },
  ]),
) as unknown as Handlers;
const params: Readonly<Record<string, Record<string, unknown>>> = {
  hello: { protocol: 1, client: 'x' },
  'certificate.install': { certificate: '-----BEGIN x', authority: '-----BEGIN x' },
  'certificates.revoke': { fingerprints: ['0'.repeat(64)] },
  'settings.plan': { admin: { document: '', signature: '' } },
  'settings.apply': { admin: { document: '', signature: '' }, restart: 'no' },
  'settings.enroll': { organization: 'x', publicKey: 'x' },
  attest: { nonce: '00'.repeat(16) },
  'clock.set': { by: 1 },
  shutdown: { mode: 'poweroff' },
};

test('every method has its row, with a reason', () => {
  expect(Object.keys(access)).toEqual(names);
  for (const { reason } of Object.values(access)) expect(reason.length).toBeGreaterThan(10);
});

test.each(names.flatMap((name) => [false, true].map((sealed) => ({ name, sealed }))))(
  '$name, settings sealed: $sealed',
  async ({ name, sealed }) => {
    reached.length = 0;
    const request = { jsonrpc: '2.0', id: 's:1', method: name, params: params[name] ?? {} } as const;
    const response = await answer(request, handlers, sealed);
    const { when } = access[name];
    const open = when === 'always' || (when === 'sealed') === sealed;
    expect(reached).toEqual(open ? [name] : []);
    if (!open) expect(response).toMatchObject({ error: { code: sealed ? RPC.refused : RPC.notYet } });
  },
);

test('a method that is not in the table reaches nothing', async () => {
  for (const method of ['exec', 'constructor', '__proto__', 'settings.unlock'])
    expect(await answer({ jsonrpc: '2.0', id: 's:1', method, params: {} }, handlers, true)).toMatchObject({
      error: { code: RPC.unknownMethod },
    });
});
