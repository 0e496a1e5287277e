import { afterEach, describe, expect, it } from 'vitest';
import { encodeFrame, MAX_FRAME_BYTES } from '../../services/channel/protocol/frame.ts';
import { PROTOCOL_VERSION, RPC } from '../../services/channel/protocol/methods.ts';
import { ChannelClient } from './client.ts';
import { FakeGuest, HELLO, STATUS } from './fake-guest.ts';

const guests: FakeGuest[] = [];
const clients: ChannelClient[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  for (const guest of guests.splice(0)) await guest.close();
});

function fake(...args: ConstructorParameters<typeof FakeGuest>): FakeGuest {
  const guest = new FakeGuest(...args);
  guests.push(guest);
  return guest;
}

function connectTo(guest: FakeGuest, timeout = 5000): ChannelClient {
  const client = new ChannelClient(guest.path, { timeout });
  clients.push(client);
  return client;
}

const wellBehaved = ({ method }: { method: string }) => (method === 'hello' ? HELLO : STATUS);

describe('ChannelClient', () => {
  it('writes a newline before anything else, then hello, then the call', async () => {
    const guest = await fake(wellBehaved).listen();
    const status = await connectTo(guest).call('status', {});
    expect(status.state).toBe('ready');
    expect(Buffer.concat(guest.received[0] ?? []).at(0)).toBe(0x0a);
    expect(guest.requests.map(({ method }) => method)).toEqual(['hello', 'status']);
  });

  it('gives every request an id of its session', async () => {
    const guest = await fake(wellBehaved).listen();
    const client = connectTo(guest);
    await client.call('status', {});
    const [session] = guest.requests[0]?.id.split(':') ?? [];
    expect(guest.requests.map(({ id }) => id)).toEqual([`${session}:1`, `${session}:2`]);
  });

  it('finds the answer after garbage, an overlong line and a half frame', async () => {
    const guest = await fake(wellBehaved).listen((socket) => {
      socket.write('Booting…\u0000\u0001\nzzzzzzzz {"not":"a frame"}\n');
      socket.write(`${'x'.repeat(MAX_FRAME_BYTES + 10)}\n`);
      socket.write('0badc0de {"jsonrpc":"2.0","id":"1","resul\n');
    });
    expect(await connectTo(guest).connect()).toEqual(HELLO);
  });

  it('puts an answer together that comes byte by byte', async () => {
    const guest = await fake((request, { socket }) => {
      if (request.method === 'hello') return HELLO;
      const frame = encodeFrame({ jsonrpc: '2.0', id: request.id, result: STATUS });
      for (const byte of frame) socket?.write(Buffer.of(byte));
      return undefined;
    }).listen();
    expect((await connectTo(guest).call('status', {})).kernel).toBe('7.3.4');
  });

  it('ignores answers that were meant for a former session', async () => {
    const guest = await fake((request, self) => {
      const [, count] = request.id.split(':');
      self.reply(`0123456789abcdef:${count}`, { ...HELLO, version: 'stale' });
      return wellBehaved(request);
    }).listen();
    expect((await connectTo(guest).connect()).version).toBe('0.1.0');
  });

  it('opens another connection when nothing comes through this one: QEMU may hold it back for ever', async () => {
    const guest = fake((request) => (guest.received.length === 1 ? undefined : wellBehaved(request)));
    await guest.listen();
    expect(await connectTo(guest, 15_000).connect()).toEqual(HELLO);
    expect(guest.received).toHaveLength(2);
  }, 15_000);

  it('takes a late answer to its first hello', async () => {
    const guest = await fake((request, self) => {
      if (request.method !== 'hello') return STATUS;
      if (request.id.endsWith(':1')) setTimeout(() => self.reply(request.id, HELLO), 1700);
      return undefined;
    }).listen();
    expect(await connectTo(guest).connect()).toEqual(HELLO);
    expect(guest.requests).toHaveLength(2);
  });

  it('says so when the guest speaks another version', async () => {
    const guest = await fake(() => ({ ...HELLO, protocol: PROTOCOL_VERSION + 1 })).listen();
    await expect(connectTo(guest).connect()).rejects.toMatchObject({ code: 'channel-version' });
  });

  it('says so when the guest refuses our version', async () => {
    const guest = await fake((request, self) => {
      self.fail(request.id, RPC.refused, 'the VM speaks protocol 2', { code: 'protocol-version', hint: 'x' });
    }).listen();
    await expect(connectTo(guest).connect()).rejects.toMatchObject({ code: 'channel-version' });
  });

  it('tells not-yet from a refusal', async () => {
    const guest = await fake((request, self) => {
      if (request.method === 'hello') return HELLO;
      const yet = request.method === 'certificate.request';
      self.fail(request.id, yet ? RPC.notYet : RPC.refused, 'no', { code: 'why', hint: 'do this' });
      return undefined;
    }).listen();
    const client = connectTo(guest);
    await expect(client.call('certificate.request', {})).rejects.toMatchObject({ code: 'not-yet' });
    await expect(client.call('shutdown', { mode: 'poweroff' })).rejects.toMatchObject({
      code: 'channel-refused',
      hint: 'do this',
      message: 'the guest refused: no (why)',
    });
  });

  it('refuses an answer of another shape', async () => {
    const guest = await fake(({ method }) =>
      method === 'hello' ? HELLO : { ...STATUS, state: 'splendid' },
    ).listen();
    await expect(connectTo(guest).call('status', {})).rejects.toMatchObject({ code: 'channel-malformed' });
  });

  it('fails what is under way when the connection ends in the middle of a frame, then connects anew', async () => {
    let cut = true;
    const guest = await fake((request, { socket }) => {
      if (request.method === 'hello' || !cut) return wellBehaved(request);
      cut = false;
      const frame = encodeFrame({ jsonrpc: '2.0', id: request.id, result: STATUS });
      socket?.end(frame.subarray(0, 40));
      return undefined;
    }).listen();
    const client = connectTo(guest);
    await expect(client.call('status', {})).rejects.toMatchObject({ code: 'channel-lost' });
    expect((await client.call('status', {})).state).toBe('ready');
    expect(guest.received).toHaveLength(2);
  });

  it('begins a new session when the guest has forgotten this one', async () => {
    let forget = true;
    const guest = await fake((request, self) => {
      if (request.method === 'hello' || !forget) return wellBehaved(request);
      forget = false;
      self.fail(request.id, RPC.refused, 'hello first', { code: 'hello-first' });
      return undefined;
    }).listen();
    const client = connectTo(guest);
    await expect(client.call('status', {})).rejects.toMatchObject({ code: 'channel-lost' });
    expect((await client.call('status', {})).state).toBe('ready');
  });

  it('gives up after its timeout', async () => {
    const guest = await fake(({ method }) => (method === 'hello' ? HELLO : undefined)).listen();
    const call = connectTo(guest).call('status', {}, { timeout: 50 });
    await expect(call).rejects.toMatchObject({ code: 'channel-timeout' });
    const silent = await fake(() => undefined).listen();
    await expect(connectTo(silent, 50).connect()).rejects.toMatchObject({ code: 'channel-timeout' });
  });

  it('ends a call when its signal aborts', async () => {
    const guest = await fake(({ method }) => (method === 'hello' ? HELLO : undefined)).listen();
    const abort = new AbortController();
    const client = connectTo(guest);
    await client.connect();
    setTimeout(() => abort.abort(), 20);
    await expect(client.call('status', {}, { signal: abort.signal })).rejects.toMatchObject({
      code: 'cancelled',
    });
  });

  it('says that there is no socket', async () => {
    const client = new ChannelClient('/tmp/there-is-no-such-bulkhead.sock');
    await expect(client.connect()).rejects.toMatchObject({ code: 'channel-unreachable' });
  });
});
