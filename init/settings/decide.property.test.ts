import * as fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { formatPublicKey, generateKey, publicKeyOf } from '../../policy/minisign/secret-key.ts';
import { signMinisign } from '../../policy/minisign/sign.ts';
import { judge, type SignedDocument, type Trust } from '../../policy/settings/acceptance.ts';
import type { EffectivePolicy } from '../../policy/settings/effective.ts';
import { parseSettings } from '../../policy/settings/parse.ts';
import { encodeFrame, FrameReader } from '../../services/channel/protocol/frame.ts';
import { methods, type Params, PROTOCOL_VERSION } from '../../services/channel/protocol/methods.ts';
import { Session } from '../../services/channel/session.ts';
import { decideBoot, type Submission, trustOf } from './decide.ts';
import { EMPTY_RECORD, type SettingsRecord, stored, unstored } from './record.ts';

// The real one, asked once for each input: a check takes 20 ms, and the same few documents come again.
vi.mock('../../policy/minisign/verify.ts', async (load) => {
  const { verifyMinisign } = await load<typeof import('../../policy/minisign/verify.ts')>();
  const known = new Map<string, () => ReturnType<typeof verifyMinisign>>();
  const outcomeOf = (...input: Parameters<typeof verifyMinisign>) => {
    try {
      const result = verifyMinisign(...input);
      return () => result;
    } catch (error) {
      return () => {
        throw error;
      };
    }
  };
  return {
    verifyMinisign: (...[data, signature, key]: Parameters<typeof verifyMinisign>) => {
      const input = [Buffer.from(data).toString('base64'), signature, key.point.toString('base64')].join();
      const outcome = known.get(input) ?? outcomeOf(data, signature, key);
      known.set(input, outcome);
      return outcome();
    },
  };
});

const [ours, foreign] = [1, 2].map((byte) => generateKey(Buffer.alloc(40, byte))) as [Key, Key];
type Key = ReturnType<typeof generateKey>;
const line = (of: Key) => formatPublicKey(publicKeyOf(of), 'x').split('\n')[1] ?? '';
const acme: Trust = { organization: 'acme', keys: [line(ours)] };

function signed(members: object, by = ours): SignedDocument {
  const bytes = Buffer.from(JSON.stringify({ organization: 'acme', ...members }));
  return { bytes, signature: signMinisign(bytes, by, 'x') };
}

/** Locks of each kind: tighter than what is built in, and no matter of degree. */
const locked = {
  enhancedContainerIsolation: { locked: true, value: true },
  blockDockerLoad: { locked: true, value: true },
  portBindingBehavior: { locked: true, value: 'local-only-port-binding' },
  proxy: { locked: true, mode: 'manual', http: 'http://proxy.acme.example:3128' },
  linuxVM: { dockerDaemonOptions: { locked: true, value: '{"mtu":1400}' } },
  bulkhead: {
    privileged: { locked: true, value: 'deny' },
    devices: { locked: true, value: [] },
    plugins: { locked: true, value: false },
    pidsLimit: { locked: true, value: 500 },
  },
};
const inForce = signed({
  serial: 7,
  notBefore: '2026-01-01T00:00:00Z',
  expires: '2027-01-01T00:00:00Z',
  ...locked,
});
const open = Object.fromEntries(
  Object.entries(locked).map(([key, body]) => [key, { ...body, locked: false }]),
);
/** What a user may hold: old ones, those of others, altered ones. Made once: signing is slow. */
const documents: readonly SignedDocument[] = [
  inForce,
  signed({ serial: 6 }),
  signed({
    serial: 6,
    expires: '2026-02-01T00:00:00Z',
    enhancedContainerIsolation: { locked: true, value: false },
  }),
  signed({ serial: 7, blockDockerLoad: { locked: true, value: false } }),
  signed({ serial: 9, ...open }, foreign),
  signed({ organization: 'evil', serial: 9 }),
  signed({ serial: 9, blockDockerLoad: { locked: true } }),
  { ...inForce, bytes: Buffer.from(inForce.bytes.toString().replaceAll('true', 'false')) },
  { bytes: Buffer.from('{}'), signature: '' },
];

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const wish = (value: fc.JsonValue) => ({ value });
const anyUser = fc
  .record(
    {
      enhancedContainerIsolation: fc.boolean().map(wish),
      blockDockerLoad: fc.boolean().map(wish),
      portBindingBehavior: fc.constantFrom('default-port-binding', 'nonsense').map(wish),
      proxy: fc.constantFrom({ mode: 'system' }, { mode: 'manual', http: 'http://elsewhere.example' }),
      linuxVM: fc.constantFrom('{}', '{"mtu":9000}').map((value) => ({ dockerDaemonOptions: { value } })),
      bulkhead: fc.constantFrom(
        { privileged: { value: 'confine' } },
        { plugins: { value: true } },
        { devices: { value: ['/dev/fuse'] }, pidsLimit: { value: 4_000_000 } },
        { plugins: { value: true, locked: false } },
      ),
      organization: fc.constant('acme'),
    },
    { requiredKeys: [] },
  )
  .map((document) => base64(Buffer.from(JSON.stringify(document))));

const anySubmission = fc
  .record(
    {
      admin: fc
        .constantFrom(...documents)
        .map(({ bytes, signature }) => ({ document: base64(bytes), signature })),
      user: anyUser,
      allowedOrganizations: fc.array(fc.constantFrom('acme', 'evil', 'x')),
      required: fc.boolean(),
    },
    { requiredKeys: [] },
  )
  .map((params) => ({ jsonrpc: '2.0', id: 's:1', method: 'settings.submit', params }));

/** A whole message, a spliced one, or noise. */
const anyPiece = fc.oneof(
  anySubmission.map((message) => encodeFrame(message)),
  fc.tuple(anySubmission, fc.nat()).map(([message, at]) => {
    const frame = encodeFrame(message);
    return frame.subarray(0, at % frame.length);
  }),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
);
const hello = encodeFrame({
  jsonrpc: '2.0',
  id: 's:0',
  method: 'hello',
  params: { protocol: PROTOCOL_VERSION, client: 'property' },
});

/** One boot: what the host writes to the port, and what its clock says. */
const anyBoot = fc.record({
  pieces: fc.array(anyPiece, { maxLength: 4 }),
  now: fc.constantFrom('2000-01-01T00:00:00Z', '2026-11-24T12:00:00Z', '2040-01-01T00:00:00Z'),
});

/** The first submission that comes through the border, as PID 1 gets it. */
function submissionOf(pieces: readonly Buffer[]): Submission | undefined {
  const session = new Session(() => new Date(0));
  const stream = Buffer.concat([Buffer.from('\n'), hello, ...pieces]);
  for (const value of new FrameReader().push(stream)) {
    const decision = session.fromHost(value);
    if (decision.do !== 'forward' || decision.request.method !== 'settings.submit') continue;
    const params = methods['settings.submit'].params.parse(decision.request.params);
    const { admin, user, allowedOrganizations, required } = params satisfies Params<'settings.submit'>;
    return {
      admin: admin && unstored(admin),
      user: user === undefined ? undefined : parseSettings(Buffer.from(user, 'base64'), 'user'),
      allowedOrganizations,
      required,
    };
  }
  return undefined;
}

const locks = ({ rows }: EffectivePolicy) =>
  rows
    .filter((row) => row.key in LOCKED_VALUES)
    .map(({ key, value, locked }) => [key, value, locked] as const);
const first = decideBoot({
  record: { ...EMPTY_RECORD, enrolled: { organization: 'acme', keys: [...acme.keys] } },
  builtIn: undefined,
  submission: { admin: inForce, allowedOrganizations: [], required: false },
  now: new Date('2026-11-24T12:00:00Z'),
});
const LOCKED_VALUES = Object.fromEntries(
  first.policy.rows.filter((row) => row.locked).map(({ key, value }) => [key, value]),
);

test('the control: the document in force locks, and a newer one of the same key changes what it locked', () => {
  expect(first.policy).toMatchObject({ mode: 'managed', serial: 7 });
  expect(Object.keys(LOCKED_VALUES)).toHaveLength(9);
  const newer = signed({ serial: 8, blockDockerLoad: { locked: true, value: false } });
  const { policy } = decideBoot({
    record: first.record,
    builtIn: undefined,
    submission: { admin: newer, allowedOrganizations: [], required: false },
    now: new Date('2026-11-24T12:00:00Z'),
  });
  expect(policy.rows.find(({ key }) => key === 'blockDockerLoad')).toMatchObject({ value: false });
});

test.each<[string, SettingsRecord, Trust | undefined]>([
  ['enrolled over the channel', first.record, undefined],
  [
    'with the key in the image',
    { ...EMPTY_RECORD, document: stored(inForce), sealed: first.record.sealed },
    acme,
  ],
])(
  'no sequence of user settings, older documents, broken frames and clocks changes a lock: %s',
  (_, record, builtIn) => {
    fc.assert(
      fc.property(fc.array(anyBoot, { minLength: 1, maxLength: 5 }), (boots) => {
        let before = record;
        for (const { pieces, now } of boots) {
          const decision = decideBoot({
            record: before,
            builtIn,
            submission: submissionOf(pieces),
            now: new Date(now),
          });
          expect(locks(decision.policy)).toEqual(
            Object.entries(LOCKED_VALUES).map(([key, value]) => [key, value, true]),
          );
          before = decision.record;
        }
        expect(trustOf(before, builtIn)).toEqual(acme);
      }),
      { numRuns: 100 },
    );
  },
  60_000,
);

test('nor does one that is applied while the VM runs', () => {
  const [, ...others] = documents;
  for (const document of others)
    for (const now of ['2000-01-01T00:00:00Z', '2026-11-24T12:00:00Z', '2040-01-01T00:00:00Z']) {
      const verdict = judge(document, {
        trust: acme,
        sealed: first.record.sealed,
        allowedOrganizations: [],
        now: new Date(now),
      });
      expect(verdict.accepted).toBe(false);
    }
});
