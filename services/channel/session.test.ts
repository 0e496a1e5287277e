import { describe, expect, test } from 'vitest';
import { PROTOCOL_VERSION, RPC } from './protocol/methods.ts';
import { MAX_PENDING, Session } from './session.ts';

const now = () => new Date('2026-11-24T00:00:00Z');

function request(id: string, method: string, params: Record<string, unknown> = {}) {
  return { jsonrpc: '2.0', id, method, params };
}

const hello = request('s:0', 'hello', { protocol: PROTOCOL_VERSION, client: 'test' });

function greeted(): Session {
  const session = new Session(now);
  expect(session.fromHost(hello)).toMatchObject({ do: 'forward' });
  return session;
}

function refusal(session: Session, value: unknown) {
  const decision = session.fromHost(value);
  if (decision.do !== 'answer' || !('error' in decision.response)) throw new Error('it was not refused');
  return decision.response.error;
}

test('a request of a session that said hello goes to PID 1', () => {
  expect(greeted().fromHost(request('s:1', 'status'))).toMatchObject({
    do: 'forward',
    request: { method: 'status' },
  });
});

describe('refused', () => {
  test.each([
    ['no object', 'shutdown', RPC.invalidRequest],
    ['null', null, RPC.invalidRequest],
    ['an array of requests', [hello], RPC.invalidRequest],
    ['a number as id', { ...hello, id: 1 }, RPC.invalidRequest],
    ['a field too many', { ...request('s:1', 'status'), run: 'sh' }, RPC.invalidRequest],
    ['an unknown method', request('s:1', 'exec'), RPC.unknownMethod],
    ['a name of the prototype', request('s:1', 'constructor'), RPC.unknownMethod],
    ['__proto__ as method', request('s:1', '__proto__'), RPC.unknownMethod],
    ['a parameter too many', request('s:1', 'status', { path: '/etc' }), RPC.invalidParams],
    ['a shutdown of another kind', request('s:1', 'shutdown', { mode: 'halt' }), RPC.invalidParams],
    ['logs without bound', request('s:1', 'logs', { limit: 1e9 }), RPC.invalidParams],
    ['another session', request('t:1', 'status'), RPC.refused],
    [
      'a certificate before its request',
      request('s:1', 'certificate.install', { certificate: '-----BEGIN x', authority: '-----BEGIN x' }),
      RPC.refused,
    ],
  ])('%s', (_, value, code) => {
    expect(refusal(greeted(), value).code).toBe(code);
  });

  test('anything before hello', () => {
    expect(refusal(new Session(now), request('s:1', 'status')).data).toMatchObject({ code: 'hello-first' });
  });

  test('another protocol version, with what to do', () => {
    const old = request('s:0', 'hello', { protocol: PROTOCOL_VERSION + 1, client: 'test' });
    expect(refusal(new Session(now), old).data).toMatchObject({
      code: 'protocol-version',
      hint: expect.any(String),
    });
  });

  test('more than it can hold at once', () => {
    const session = greeted();
    for (let n = 1; n < MAX_PENDING; n += 1) session.fromHost(request(`s:${n}`, 'status'));
    expect(refusal(session, request('s:99', 'status')).data).toMatchObject({ code: 'busy' });
  });
});

test('an answer goes to the host once, and not to a host that came later', () => {
  const session = greeted();
  session.fromHost(request('s:1', 'status'));
  const answer = { jsonrpc: '2.0', id: 's:1', result: {} } as const;
  expect(session.toHost(answer)).toBe(true);
  expect(session.toHost(answer)).toBe(false);
  session.fromHost(request('s:2', 'status'));
  session.reset();
  expect(session.toHost({ ...answer, id: 's:2' })).toBe(false);
});
