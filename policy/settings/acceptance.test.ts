import { expect, test } from 'vitest';
import { formatPublicKey, generateKey, type MinisignSecretKey, publicKeyOf } from '../minisign/secret-key.ts';
import { signMinisign } from '../minisign/sign.ts';
import { type Circumstances, judge, type SignedDocument, type Verdict } from './acceptance.ts';

const key = (byte: number): MinisignSecretKey => generateKey(Buffer.alloc(40, byte));
const [ours, next, foreign] = [key(1), key(2), key(3)];
const line = (of: MinisignSecretKey) => formatPublicKey(publicKeyOf(of), 'x').split('\n')[1] ?? '';
const now = new Date('2026-11-24T12:00:00Z');

function signed(members: object = {}, by = ours): SignedDocument {
  const bytes = Buffer.from(JSON.stringify({ organization: 'acme', serial: 7, ...members }));
  return { bytes, signature: signMinisign(bytes, by, 'settings') };
}

const trusting = (...keys: MinisignSecretKey[]) => ({ organization: 'acme', keys: keys.map(line) });

function verdict(document: SignedDocument, change: Partial<Circumstances> = {}): Verdict {
  return judge(document, {
    trust: trusting(ours),
    sealed: undefined,
    allowedOrganizations: [],
    now,
    ...change,
  });
}

const sealedOf = (document: SignedDocument) => {
  const given = verdict(document);
  if (!given.accepted) throw new Error(given.message);
  return given.sealed;
};

test('a document of the enrolled organization, signed by its key, is taken', () => {
  expect(verdict(signed())).toMatchObject({
    accepted: true,
    unchanged: false,
    sealed: { organization: 'acme', serial: 7 },
    trust: trusting(ours),
  });
});

const malformed = (text: string): SignedDocument => {
  const bytes = Buffer.from(text);
  return { bytes, signature: signMinisign(bytes, ours, 'settings') };
};
const altered = (): SignedDocument => {
  const document = signed();
  return { ...document, bytes: Buffer.concat([document.bytes, Buffer.from(' ')]) };
};

test.each<[string, SignedDocument, Partial<Circumstances>, string, string]>([
  ['on a machine that belongs to nobody', signed(), { trust: undefined }, 'not-enrolled', 'enrolled with no'],
  ['by another key', signed({}, foreign), {}, 'bad-signature', 'signed with key'],
  ['changed after signing', altered(), {}, 'bad-signature', 'not of this data'],
  ['without a signature', { ...signed(), signature: '' }, {}, 'bad-signature', 'no minisign signature'],
  [
    'that cannot be read',
    malformed('{"organization": "acme", "serial": 7'),
    {},
    'malformed',
    'ends too early',
  ],
  [
    'with a wrong value',
    malformed('{"organization":"acme","serial":7,"blockDockerLoad":{"locked":true,"value":1}}'),
    {},
    'malformed',
    'line 1',
  ],
  ['of another organization', signed({ organization: 'evil' }), {}, 'other-organization', 'belongs to acme'],
  [
    'of one that registry.json does not name',
    signed(),
    { allowedOrganizations: ['corp'] },
    'not-allowed-organization',
    'corp',
  ],
  [
    'older than what was in force',
    signed({ serial: 6 }),
    { sealed: sealedOf(signed()) },
    'older',
    'serial 6',
  ],
  [
    'with the serial of another',
    signed({ blockDockerLoad: { locked: true, value: true } }),
    { sealed: sealedOf(signed()) },
    'same-serial',
    'serial 7',
  ],
  [
    'that is not valid yet',
    signed({ notBefore: '2027-01-01T00:00:00Z' }),
    {},
    'not-yet-valid',
    "VM's clock says 2026",
  ],
  ['that has expired', signed({ expires: '2026-01-01T00:00:00Z' }), {}, 'expired', "VM's clock says 2026"],
  ['that expires this very moment', signed({ expires: now.toISOString() }), {}, 'expired', 'until'],
])('refused: a document %s', (_, document, change, code, words) => {
  expect(verdict(document, change)).toMatchObject({
    accepted: false,
    code,
    message: expect.stringContaining(words),
    hint: expect.any(String),
  });
});

test('the same document again is no change, and a higher serial is', () => {
  const sealed = sealedOf(signed());
  expect(verdict(signed(), { sealed })).toMatchObject({ accepted: true, unchanged: true });
  expect(verdict(signed({ serial: 8 }), { sealed })).toMatchObject({ accepted: true, unchanged: false });
});

test('rotation: the next key is good from the document on that names it; its first document ends the old one', () => {
  expect(verdict(signed({}, next))).toMatchObject({ code: 'bad-signature' });
  expect(verdict(signed({ nextKey: line(next) }))).toMatchObject({ trust: trusting(ours, next) });
  const both = { trust: trusting(ours, next) };
  expect(verdict(signed({ serial: 8 }), both)).toMatchObject({ trust: trusting(ours, next) });
  expect(verdict(signed({ serial: 8 }, next), both)).toMatchObject({ trust: trusting(next) });
  expect(verdict(signed({ serial: 9 }), { trust: trusting(next) })).toMatchObject({ code: 'bad-signature' });
});

test('nothing of a document is read before its signature holds', () => {
  const huge = { ...signed(), bytes: Buffer.from('['.repeat(100_000)) };
  expect(verdict(huge)).toMatchObject({ code: 'bad-signature' });
});
