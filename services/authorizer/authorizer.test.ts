import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { issueAuthority, issueClient } from '../../policy/certificates/issue.ts';
import type { ImageFacts } from '../../policy/docker-socket/images.ts';
import { type RequestPolicy, strictRequestPolicy } from '../../policy/runtime/api.ts';
import { AUTHORIZER_SUBJECT, containerSubject, INNER_AUTHORITY } from '../../policy/runtime/inner.ts';
import { type AuditEntry, Authorizer } from './authorizer.ts';
import type { Answers, Question } from './known.ts';

const folder = mkdtempSync(join(tmpdir(), 'bulkhead-authorizer-'));
const pem: Record<string, Buffer> = {};
const ID = '0123456789abcdef'.repeat(4);
const inner = issueAuthority(INNER_AUTHORITY, Buffer.alloc(16, 1), Date.now());
const innerPem = (subject: { name: string; unit: string }) =>
  Buffer.from(issueClient(inner.issuer, subject, Buffer.alloc(16, 2), Date.now()).certificate);

beforeAll(() => {
  for (const [name, subject] of Object.entries({
    admin: '/OU=bulkhead:admin/CN=admin',
    ann: '/OU=bulkhead:user/CN=ann',
    odd: '/OU=bulkhead:user/CN=o\nd\u001bd',
    plain: '/CN=admin',
    two: '/OU=bulkhead:user/OU=bulkhead:admin/CN=two',
    other: '/OU=root/CN=other',
    nameless: '/OU=bulkhead:admin',
    foreign: `/OU=bulkhead:container/CN=${ID}`,
    looker: '/OU=bulkhead:authorizer/CN=authorizer',
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
  pem.container = innerPem(containerSubject(ID));
  pem.authorizer = innerPem(AUTHORIZER_SUBJECT);
  pem.climber = innerPem({ name: 'admin', unit: 'bulkhead:admin' });
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

const noEngine = () => Promise.reject(new Error('there is no engine'));
const ask = async (
  text: string,
  policy: () => RequestPolicy = () => strictRequestPolicy,
  engine: (question: Question) => Promise<Answers[keyof Answers]> = noEngine,
) => {
  const audit: AuditEntry[] = [];
  const authority = () => new X509Certificate(inner.certificate);
  const answer = await new Authorizer({
    policy,
    authority,
    ask: engine,
    audit: (entry) => audit.push(entry),
  }).answer(text);
  return { answer, audit };
};

test('an administrator and a user are told apart by their certificates', async () => {
  expect(await ask(question('admin', 'GET /_ping'))).toEqual({ answer: { Allow: true }, audit: [] });
  expect(await ask(question('ann', 'GET /_ping'))).toEqual({ answer: { Allow: true }, audit: [] });
  const { answer, audit } = await ask(question('ann', 'POST /swarm/leave'));
  const msg = 'POST /swarm/leave is for administrators; ann is not one [rule role; always in force]';
  expect(answer).toEqual({ Allow: false, Msg: msg });
  expect(audit).toEqual([
    { who: 'user ann', what: 'POST /swarm/leave', rule: 'role', msg: `refused: ${msg}` },
  ]);
});

test('a refusal is told once, with who, what, rule and setting', async () => {
  const body = { Image: 'docker', HostConfig: { Binds: ['/var/run/docker.sock:/s'] } };
  const { answer, audit } = await ask(question('admin', 'POST /v1.45/containers/create?name=x', body));
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

// the last three: neither authority gives out roles of the other
test.each(['plain', 'two', 'other', 'nameless', 'foreign', 'looker', 'climber'])(
  'a certificate without a role of ours is refused: %s',
  async (name) => {
    expect((await ask(question(name, 'GET /_ping'))).answer).toEqual({
      Allow: false,
      Msg: expect.stringContaining('the client certificate has no role'),
    });
  },
);

test("dockerd's private socket answers nobody", async () => {
  expect((await ask(question(undefined, 'GET /_ping'))).answer).toEqual({
    Allow: false,
    Msg: 'the engine answers nobody without a client certificate [rule identity; always in force]',
  });
});

test('a revoked certificate is refused from the next request on', async () => {
  const fingerprint = new X509Certificate(pem.ann ?? '').fingerprint256.replaceAll(':', '').toLowerCase();
  let revoked: string[] = [];
  const policy = () => ({ ...strictRequestPolicy, revoked });
  expect((await ask(question('ann', 'GET /_ping'), policy)).answer).toEqual({ Allow: true });
  revoked = [fingerprint];
  expect((await ask(question('ann', 'GET /_ping'), policy)).answer).toMatchObject({ Allow: false });
  expect((await ask(question('admin', 'GET /_ping'), policy)).answer).toEqual({ Allow: true });
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
])('what cannot be understood is refused: %s', async (_, text) => {
  const { answer, audit } = await ask(text);
  expect(answer).toMatchObject({ Allow: false });
  expect(audit).toHaveLength(1);
});

test('without settings nothing is allowed', async () => {
  const { answer, audit } = await ask(question('admin', 'GET /_ping'), () => {
    throw new Error('the settings in force cannot be read');
  });
  expect(answer).toEqual({
    Allow: false,
    Msg: 'the request cannot be decided: the settings in force cannot be read',
  });
  expect(audit).toMatchObject([{ rule: 'undecided' }]);
});

test('what clients write cannot forge a line of the log', async () => {
  const { audit } = await ask(question('odd', 'GET /x%0a{"level":50}\nfoo'));
  const [entry] = audit;
  expect(entry?.who).toBe('user o\\x0ad\\x1bd');
  expect(entry?.what).toBe('GET /x%0a{"level":50}\\x0afoo');
});

const ryuk: ImageFacts = {
  id: `sha256:${'a'.repeat(64)}`,
  tags: ['testcontainers/ryuk:0.11.0'],
  digests: [`testcontainers/ryuk@sha256:${'d'.repeat(64)}`],
  layers: ['sha256:1'],
};
const evil: ImageFacts = { ...ryuk, id: `sha256:${'e'.repeat(64)}`, digests: [], layers: ['sha256:2'] };
const derived: ImageFacts = { ...evil, id: `sha256:${'f'.repeat(64)}`, layers: ['sha256:1', 'sha256:3'] };
/** An engine with these images, and one container of `image`. */
const engineWith = (image: ImageFacts) => async (question: Question) => {
  const all = [ryuk, evil, derived];
  if (question.about === 'images') return all;
  if (question.about === 'container') return question.id === ID ? image.id : undefined;
  const named: Record<string, ImageFacts> = { ryuk, evil, derived };
  return named[question.name] ?? all.find(({ id }) => id === question.name);
};
const listing =
  (images: string[], more: Partial<RequestPolicy['socketMount']> = {}) =>
  (): RequestPolicy => ({
    ...strictRequestPolicy,
    socketMount: { images, allowDerived: false, commandList: { type: 'deny', commands: ['push'] }, ...more },
  });
const withSocket = (Image: string) => ({
  Image,
  HostConfig: { Binds: ['/var/run/docker.sock:/var/run/docker.sock'] },
});

describe('the socket of the engine in a container', () => {
  test.each<[string, () => RequestPolicy, boolean]>([
    ['ryuk', listing(['testcontainers/ryuk:*']), true],
    ['ryuk', listing([]), false],
    ['evil', listing(['testcontainers/ryuk:*']), false],
    ['evil', listing([evil.id]), true],
    ['evil', listing(['*']), true],
    ['derived', listing(['testcontainers/ryuk:*']), false],
    ['derived', listing(['testcontainers/ryuk:*'], { allowDerived: true }), true],
    ['evil', listing(['testcontainers/ryuk:*'], { allowDerived: true }), false],
    ['not-here-yet', listing(['testcontainers/ryuk:*']), true], // the engine says that there is none
    ['not-here-yet', listing([]), false],
  ])('%s', async (image, policy, wanted) => {
    const engine = engineWith(ryuk);
    const mounts = {
      Image: image,
      HostConfig: { Mounts: [{ Type: 'bind', Source: '/run/docker.sock', Target: '/s' }] },
    };
    for (const body of [withSocket(image), mounts]) {
      const { answer } = await ask(question('ann', 'POST /containers/create', body), policy, engine);
      expect(answer.Allow).toBe(wanted);
    }
    const service = {
      TaskTemplate: {
        ContainerSpec: {
          Image: image,
          Mounts: [{ Type: 'bind', Source: '/var/run/docker.sock', Target: '/s' }],
        },
      },
    };
    expect((await ask(question('ann', 'POST /services/create', service), policy, engine)).answer.Allow).toBe(
      wanted,
    );
  });

  test('no other socket, whatever is listed', async () => {
    for (const source of [
      '/home/me/docker.sock',
      '/run/containerd/containerd.sock',
      '/run',
      '/var/run/',
      '/run/user',
    ]) {
      const body = { Image: 'ryuk', HostConfig: { Binds: [`${source}:/s`] } };
      const { answer } = await ask(
        question('ann', 'POST /containers/create', body),
        listing(['*']),
        engineWith(ryuk),
      );
      expect(answer.Allow, source).toBe(false);
    }
  });

  test('an engine that cannot be asked allows none', async () => {
    const { answer } = await ask(
      question('ann', 'POST /containers/create', withSocket('ryuk')),
      listing(['*']),
    );
    expect(answer).toMatchObject({ Allow: false, Msg: expect.stringContaining('there is no engine') });
  });

  test.each<[string, ImageFacts, () => RequestPolicy, string, RegExp | true]>([
    ['an image that is listed', ryuk, listing(['testcontainers/ryuk:*']), 'GET /containers/json', true],
    ['one that is not, or not any more', ryuk, listing([]), 'GET /containers/json', /socket mount denied/],
    [
      'one of the same name',
      evil,
      listing(['testcontainers/ryuk:*']),
      'GET /containers/json',
      /with image "docker\.io\/testcontainers\/ryuk"; image is not in/,
    ],
    [
      'a command that is denied',
      ryuk,
      listing(['*']),
      'POST /v1.43/images/myimage/push?tag=latest',
      /docker command "\/v1\.43\/images\/myimage\/push\?tag=latest" is blocked; .*\[rule socket-command; setting enhancedContainerIsolation\.dockerSocketMount/,
    ],
    ['what is for administrators', ryuk, listing(['*']), 'POST /swarm/init', /is for administrators/],
  ])('a request out of a container: %s', async (_, image, policy, what, wanted) => {
    const { answer, audit } = await ask(question('container', what), policy, engineWith(image));
    expect(answer).toEqual(
      wanted === true ? { Allow: true } : { Allow: false, Msg: expect.stringMatching(wanted) },
    );
    if (wanted !== true) expect(audit).toMatchObject([{ who: `container ${ID}`, what }]);
  });

  test('what a container makes is confined, and gets a socket by the same rule', async () => {
    const policy = listing(['testcontainers/ryuk:*']);
    const engine = engineWith(ryuk);
    const create = async (body: object) =>
      (await ask(question('container', 'POST /containers/create', body), policy, engine)).answer.Allow;
    expect(await create(withSocket('ryuk'))).toBe(true);
    expect(await create(withSocket('evil'))).toBe(false);
    expect(await create({ Image: 'ryuk', HostConfig: { PidMode: 'host' } })).toBe(false);
    expect(await create({ Image: 'ryuk', HostConfig: { Binds: ['/:/host'] } })).toBe(false);
  });

  test('a container that is gone is nobody', async () => {
    const { answer } = await ask(question('container', 'GET /_ping'), listing(['*']), async () => undefined);
    expect(answer).toMatchObject({ Allow: false, Msg: expect.stringContaining('there is no container') });
  });

  test('the authorizer itself may look at images and containers, and no more', async () => {
    for (const [what, wanted] of [
      ['GET /images/json', true],
      ['GET /images/a%2Fb:c/json', true],
      ['GET /containers/json?all=1', true],
      ['GET /containers/x/json', false],
      ['GET /_ping', false],
      ['POST /containers/create', false],
      ['POST /images/x/push', false],
    ] as const)
      expect((await ask(question('authorizer', what))).answer.Allow, what).toBe(wanted);
  });
});
