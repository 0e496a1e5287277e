import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RequestPolicy, strictRequestPolicy } from '../../policy/runtime/api.ts';
import { type AuditEntry, Authorizer } from './authorizer.ts';

const folder = mkdtempSync(join(tmpdir(), 'bulkhead-authorizer-'));
const pem: Record<string, Buffer> = {};

beforeAll(() => {
  for (const [name, subject] of Object.entries({
    admin: '/OU=bulkhead:admin/CN=admin',
    ann: '/OU=bulkhead:user/CN=ann',
    odd: '/OU=bulkhead:user/CN=o\nd\u001bd',
    plain: '/CN=admin',
    two: '/OU=bulkhead:user/OU=bulkhead:admin/CN=two',
    other: '/OU=root/CN=other',
    nameless: '/OU=bulkhead:admin',
  })) {
    const path = join(folder, `${name}.pem`);
    const key = [
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-noenc',
      '-keyout',
      join(folder, 'key'),
    ];
    execFileSync('openssl', ['req', '-x509', ...key, '-subj', subject, '-out', path], { stdio: 'ignore' });
    pem[name] = readFileSync(path);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

/** As dockerd writes it (moby, pkg/authorization/api.go). */
const question = (who: string | undefined, what: string, body?: unknown) => {
  const [RequestMethod, RequestUri] = what.split(' ');
  const text = body === undefined ? undefined : JSON.stringify(body);
  return JSON.stringify({
    User: who,
    UserAuthNMethod: 'TLS',
    RequestMethod,
    RequestUri,
    ...(text !== undefined && { RequestBody: Buffer.from(text).toString('base64') }),
    RequestHeaders: {
      'Content-Type': 'application/json',
      ...(text && { 'Content-Length': String(text.length) }),
    },
    ...(who !== undefined && { RequestPeerCertificates: [pem[who]?.toString('base64')] }),
  });
};

const ask = (text: string, policy: () => RequestPolicy = () => strictRequestPolicy) => {
  const audit: AuditEntry[] = [];
  const answer = new Authorizer(policy, (entry) => audit.push(entry)).answer(text);
  return { answer, audit };
};

test('an administrator and a user are told apart by their certificates', () => {
  expect(ask(question('admin', 'GET /_ping'))).toEqual({ answer: { Allow: true }, audit: [] });
  expect(ask(question('ann', 'GET /_ping'))).toEqual({ answer: { Allow: true }, audit: [] });
  const { answer, audit } = ask(question('ann', 'POST /swarm/leave'));
  const msg = 'POST /swarm/leave is for administrators; ann is not one [rule role; always in force]';
  expect(answer).toEqual({ Allow: false, Msg: msg });
  expect(audit).toEqual([
    { who: 'user ann', what: 'POST /swarm/leave', rule: 'role', msg: `refused: ${msg}` },
  ]);
});

test('a refusal is told once, with who, what, rule and setting', () => {
  const body = { Image: 'docker', HostConfig: { Binds: ['/var/run/docker.sock:/s'] } };
  const { answer, audit } = ask(question('admin', 'POST /v1.45/containers/create?name=x', body));
  expect(answer).toMatchObject({ Allow: false });
  expect(audit).toEqual([
    {
      who: 'admin admin',
      what: 'POST /v1.45/containers/create?name=x',
      rule: 'socket-mount',
      setting: 'enhancedContainerIsolation.dockerSocketMount',
      msg: expect.stringContaining(
        'docker socket mount denied for container with image "docker.io/library/docker"',
      ),
    },
  ]);
});

test.each(['plain', 'two', 'other', 'nameless'])(
  'a certificate without a role of ours is refused: %s',
  (name) => {
    expect(ask(question(name, 'GET /_ping')).answer).toEqual({
      Allow: false,
      Msg: expect.stringContaining('the client certificate has no role'),
    });
  },
);

test("dockerd's private socket answers nobody", () => {
  expect(ask(question(undefined, 'GET /_ping')).answer).toEqual({
    Allow: false,
    Msg: 'the engine answers nobody without a client certificate [rule identity; always in force]',
  });
});

test('a revoked certificate is refused from the next request on', () => {
  const fingerprint = new X509Certificate(pem.ann ?? '').fingerprint256.replaceAll(':', '').toLowerCase();
  let revoked: string[] = [];
  const policy = () => ({ ...strictRequestPolicy, revoked });
  expect(ask(question('ann', 'GET /_ping'), policy).answer).toEqual({ Allow: true });
  revoked = [fingerprint];
  expect(ask(question('ann', 'GET /_ping'), policy).answer).toMatchObject({ Allow: false });
  expect(ask(question('admin', 'GET /_ping'), policy).answer).toEqual({ Allow: true });
});

test.each([
  ['nothing', ''],
  ['no JSON', '{'],
  ['no question', '{}'],
  ['a list', '[]'],
  [
    'a certificate that is none',
    JSON.stringify({ RequestMethod: 'GET', RequestUri: '/_ping', RequestPeerCertificates: ['eA=='] }),
  ],
])('what cannot be understood is refused: %s', (_, text) => {
  const { answer, audit } = ask(text);
  expect(answer).toMatchObject({ Allow: false });
  expect(audit).toHaveLength(1);
});

test('without settings nothing is allowed', () => {
  const { answer, audit } = ask(question('admin', 'GET /_ping'), () => {
    throw new Error('the settings in force cannot be read');
  });
  expect(answer).toEqual({
    Allow: false,
    Msg: 'the request cannot be decided: the settings in force cannot be read',
  });
  expect(audit).toMatchObject([{ rule: 'undecided' }]);
});

test('what clients write cannot forge a line of the log', () => {
  const { audit } = ask(question('odd', 'GET /x%0a{"level":50}\nfoo'));
  const [entry] = audit;
  expect(entry?.who).toBe('user o\\x0ad\\x1bd');
  expect(entry?.what).toBe('GET /x%0a{"level":50}\\x0afoo');
});
