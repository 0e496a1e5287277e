import { expect, test } from 'vitest';
import {
  formatPublicKey,
  generateKey,
  type MinisignSecretKey,
  publicKeyOf,
} from '../../policy/minisign/secret-key.ts';
import { signMinisign } from '../../policy/minisign/sign.ts';
import type { SignedDocument, Trust } from '../../policy/settings/acceptance.ts';
import { rowOf } from '../../policy/settings/effective.ts';
import { parseSettings } from '../../policy/settings/parse.ts';
import { type BootInput, decideBoot, type Submission, trustOf } from './decide.ts';
import { EMPTY_RECORD, parseRecord, type SettingsRecord } from './record.ts';

const key = (byte: number): MinisignSecretKey => generateKey(Buffer.alloc(40, byte));
const [ours, next, third] = [key(1), key(2), key(3)];
const line = (of: MinisignSecretKey) => formatPublicKey(publicKeyOf(of), 'x').split('\n')[1] ?? '';
const acme: Trust = { organization: 'acme', keys: [line(ours)] };
const enrolled: SettingsRecord = { ...EMPTY_RECORD, enrolled: { organization: 'acme', keys: [line(ours)] } };
const now = new Date('2026-11-24T12:00:00Z');

function signed(members: object, by = ours): SignedDocument {
  const bytes = Buffer.from(JSON.stringify({ organization: 'acme', serial: 1, ...members }));
  return { bytes, signature: signMinisign(bytes, by, 'x') };
}

const said = (change: Partial<Submission> = {}): Submission => ({
  allowedOrganizations: [],
  required: false,
  ...change,
});
const decide = (change: Partial<BootInput>) =>
  decideBoot({ record: EMPTY_RECORD, builtIn: undefined, submission: said(), now, ...change });
const locked = { blockDockerLoad: { locked: true, value: true } };
const isolationOff = parseSettings(Buffer.from('{"enhancedContainerIsolation": {"value": false}}'), 'user');

test('a machine that belongs to nobody has what is built in and what its user sets', () => {
  const { policy, record, notes } = decide({ submission: said({ user: isolationOff }) });
  expect(policy.mode).toBe('unmanaged');
  expect(rowOf(policy, 'enhancedContainerIsolation')).toMatchObject({
    value: { value: false },
    source: 'user',
  });
  expect({ record, notes }).toEqual({ record: EMPTY_RECORD, notes: [] });
});

test('a signed document is taken, and is in force at the next boot although nobody brings it again', () => {
  const first = decide({ record: enrolled, submission: said({ admin: signed(locked) }) });
  expect(first.policy).toMatchObject({ mode: 'managed', organization: 'acme', serial: 1 });
  const record = parseRecord(Buffer.from(JSON.stringify(first.record)));
  for (const submission of [said(), undefined, said({ user: isolationOff })]) {
    const { policy } = decide({ record, submission });
    expect(policy.mode).toBe('managed');
    expect(rowOf(policy, 'blockDockerLoad')).toMatchObject({ value: true, locked: true });
    expect(rowOf(policy, 'enhancedContainerIsolation').value).toEqual({ value: true });
  }
});

test('an older document, or a forged one, leaves the last one in force, and is told of', () => {
  const { record } = decide({
    record: enrolled,
    submission: said({ admin: signed({ serial: 5, ...locked }) }),
  });
  for (const admin of [signed({ serial: 4 }), signed({ serial: 6 }, third), signed({ serial: 5 })]) {
    const { policy, notes, record: after } = decide({ record, submission: said({ admin }) });
    expect(policy).toMatchObject({ mode: 'managed', serial: 5 });
    expect(notes[0]).toMatchObject({ level: 'warn', message: expect.stringContaining('are not taken') });
    expect(after).toBe(record);
  }
});

test.each<[string, Partial<BootInput>]>([
  ['it is enrolled and no document ever came', { record: enrolled }],
  ['the image has an organization’s key', { builtIn: acme }],
  ['the only document was forged', { record: enrolled, submission: said({ admin: signed(locked, third) }) }],
  ['registry.json names who must sign', { submission: said({ allowedOrganizations: ['acme'] }) }],
  ['the machine demands it', { submission: said({ required: true }) }],
  [
    'the document has expired',
    { record: enrolled, submission: said({ admin: signed({ expires: '2026-01-01T00:00:00Z' }) }) },
  ],
])('the strictest defaults are in force where %s', (_, change) => {
  const submission = { ...said(), ...change.submission, user: isolationOff };
  const { policy, notes } = decide({ ...change, submission });
  expect(policy.mode).toBe('strictest');
  expect(rowOf(policy, 'enhancedContainerIsolation')).toMatchObject({ value: { value: true }, locked: true });
  expect(notes.some(({ message }) => message.includes('strictest defaults'))).toBe(true);
});

test('a document on a machine that belongs to nobody is not taken, and the user is told how to enrol', () => {
  const { policy, notes } = decide({ submission: said({ admin: signed(locked) }) });
  expect(policy.mode).toBe('unmanaged');
  expect(notes[0]?.hint).toContain('bulkhead enroll');
});

test('with a key in the image, what the state disk says of keys counts only as far as signatures prove it', () => {
  const planted: SettingsRecord = {
    ...EMPTY_RECORD,
    enrolled: { organization: 'acme', keys: [line(third)] },
  };
  expect(trustOf(planted, acme)).toEqual(acme);
  const forged = signed({ nextKey: line(third) }, third);
  const stored = { document: Buffer.from(forged.bytes).toString('base64'), signature: forged.signature };
  expect(trustOf({ ...EMPTY_RECORD, rotations: [stored] }, acme)).toEqual(acme);
});

test('a rotation is followed again at each boot, from the key in the image', () => {
  let record = EMPTY_RECORD;
  const take = (admin: SignedDocument) => {
    const decision = decide({ builtIn: acme, record, submission: said({ admin }) });
    record = decision.record;
    return decision.policy.serial;
  };
  expect(take(signed({ serial: 1, nextKey: line(next) }))).toBe(1);
  expect(take(signed({ serial: 2 }, next))).toBe(2);
  expect(trustOf(record, acme)?.keys).toEqual([line(next)]);
  expect(take(signed({ serial: 3 }))).toBe(2); // the first key has had its day
  expect(take(signed({ serial: 3, nextKey: line(third) }, next))).toBe(3);
  expect(take(signed({ serial: 4 }, third))).toBe(4);
  expect(record.rotations).toHaveLength(4);
});

test('a record that was tampered with is no record', () => {
  expect(() => parseRecord(Buffer.from('{"format":1,"enrolled":{"organization":"x"}}'))).toThrow(
    'cannot be read',
  );
  expect(() => parseRecord(Buffer.from('nonsense'))).toThrow('cannot be read');
});
