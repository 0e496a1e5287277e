import { describe, expect, it } from 'vitest';
import { KEPT_BACK, knownSecrets, redact } from './redact.ts';

const PEM = '-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\n-----END EC PRIVATE KEY-----';

describe('redact()', () => {
  it.each([
    PEM.replace('MHcCAQEE', 'hunter2hunter2'),
    JSON.stringify({ key: PEM.replace('MHcCAQEE', 'hunter2hunter2') }),
    '-----BEGIN PRIVATE KEY-----\nhunter2 and the file ends',
    'untrusted comment: minisign encrypted secret key\nRWRThunter2hunter2=',
    'proxy http://user:hunter2@proxy.example:3128/ in use',
    'https://hunter2@github.example/x.git',
    'password=hunter2',
    'PASSWORD: hunter2',
    'registry_password="hunter2 with spaces"',
    '{"Password":"hunter2","x":1}',
    '{"fields":{"env":"{\\"password\\":\\"hunter2\\"}"}}',
    "DB_PASSWD='hunter2'",
    'AWS_SECRET_ACCESS_KEY=hunter2',
    'docker login --password hunter2 registry.example',
    'mysql --token=hunter2',
    'Authorization: Bearer hunter2',
    'authorization=Basic hunter2hunter2',
    'X-Registry-Auth: hunter2',
    '"auth": "hunter2"',
    'curl -H "Bearer hunter2hunter2"',
    'token eyJhbGciOiJIUzI1NiJ9.hunter2.sig',
    'ghp_hunter2hunter2 was used',
    'glpat-hunter2hunter2',
    'dckr_pat_hunter2hunter2',
    'Set-Cookie: hunter2',
    'api_key=hunter2&x=1',
  ])('keeps back %j', (text) => {
    const result = redact(text);
    expect(result).not.toContain('hunter2');
    expect(result).toContain(KEPT_BACK);
  });

  it.each([
    'authorizer is ready after 300 ms',
    'the authority of its VM',
    'authorizer: answers on /run/bulkhead/authorizer.sock',
    'docker pull registry.example:5000/a/b@sha256:0123456789abcdef',
    'listening on tcp://0.0.0.0:2376',
    '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
    'sha256 0123456789abcdef0123456789abcdef',
    'user@example.org wrote',
  ])('leaves %j as it is', (text) => expect(redact(text)).toBe(text));

  it('keeps back what it was told, wherever it stands', () => {
    expect(redact('said swordfish, swordfish!', ['swordfish'])).toBe(`said ${KEPT_BACK}, ${KEPT_BACK}!`);
    expect(redact('a cat', ['cat'])).toBe('a cat'); // too short to be told from a word
  });

  it('takes time in proportion to a hostile text', () => {
    const start = performance.now();
    for (const piece of ['"password":"\\', '-----BEGIN PRIVATE KEY-----', 'a-', 'x://', 'token'])
      redact(piece.repeat(20_000));
    expect(performance.now() - start).toBeLessThan(10_000);
  }, 30_000);
});

it('knownSecrets() reads the environment and docker configuration', () => {
  const auth = Buffer.from('me:swordfish:x').toString('base64');
  const found = knownSecrets(
    { HOME: '/home/me', GITHUB_TOKEN: 'tok', PATH: '/bin' },
    { auths: { 'registry.example': { auth, identitytoken: 'idt' } } },
  );
  expect(found).toEqual(expect.arrayContaining(['tok', auth, 'swordfish:x', 'idt']));
  expect(found).not.toContain('/bin');
  expect(knownSecrets({}, undefined)).toEqual([]);
  expect(knownSecrets({}, { auths: { x: null } })).toEqual([]);
});
