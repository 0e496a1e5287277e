import assert from 'node:assert/strict';
import { lastFailureOf, parseBootRecord } from '../../init/state/boot-record.ts';
import { executablesManifest } from '../../policy/manifest/executables.ts';
import { releaseManifest } from '../../policy/manifest/release.ts';
import { MinisignError } from '../../policy/minisign/error.ts';
import { parsePublicKey, weaknessOf } from '../../policy/minisign/public-key.ts';
import {
  formatPublicKey,
  formatSecretKey,
  generateKey,
  parseSecretKey,
  publicKeyOf,
} from '../../policy/minisign/secret-key.ts';
import { signMinisign } from '../../policy/minisign/sign.ts';
import { verifyMinisign } from '../../policy/minisign/verify.ts';
import { encodeFrame, FrameReader, MAX_FRAME_BYTES } from '../../services/channel/protocol/frame.ts';
import { lastFailure, methods, response } from '../../services/channel/protocol/methods.ts';
import { Session } from '../../services/channel/session.ts';
import { mutate, mutateJson, type Random } from './random.ts';
import { settingsTarget } from './settings.ts';

/** Makes one input of the random choices, and asserts what must hold whatever the input is. */
export type Target = (random: Random) => void;

const key = generateKey(Buffer.alloc(40, 7));
const own = publicKeyOf(key);
const publicText = formatPublicKey(own, 'fuzz');
const secretText = formatSecretKey(key, 'fuzz');
const data = Buffer.from('the engine that was shipped');
const signed = signMinisign(data, key, 'bulkhead 1.0');
const signedLines = signed.split('\n');

/** What `parse` makes of it, or undefined when it says that it is wrong; another error is a finding. */
function taken<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    assert(error instanceof MinisignError, String(error));
    return undefined;
  }
}

const executables = {
  format: 1,
  version: '1.0',
  signing: 'development',
  flavour: 'product',
  executables: [
    {
      path: '/usr/bin/a',
      blake2b512: '0'.repeat(128),
      size: 1,
      mode: '0755',
      exposed: { in: 'path', as: ['a', 'b'] },
    },
    { path: '/usr/bin/b', blake2b512: 'f'.repeat(128), size: 2, mode: '0500' },
  ],
};
const artefact = { file: 'root.erofs', sha256: '0'.repeat(64), size: 1 };
const release = {
  format: 1,
  version: '1.0',
  signing: 'release',
  flavour: 'product',
  kernelRelease: '7.3',
  commandLine: 'quiet',
  artefacts: { kernel: artefact, initramfs: artefact, root: artefact, executables: artefact, sbom: artefact },
};

/** Only what the schema knows comes out, and that again is what it takes. */
function manifestTarget(
  schema: typeof executablesManifest | typeof releaseManifest,
  example: unknown,
): Target {
  return (random) => {
    let value: unknown = example;
    for (let changes = 1 + random.below(3); changes > 0; changes -= 1) value = mutateJson(value, random);
    const parsed = schema.safeParse(value);
    if (!parsed.success) return;
    assert.deepEqual(schema.parse(JSON.parse(JSON.stringify(parsed.data))), parsed.data);
    assert.equal(parsed.data.format, 1);
    for (const name of Object.keys(value as object)) assert(Object.hasOwn(schema.shape, name), name);
  };
}

const failed = { code: 'c', message: 'm', hint: 'h' };
const bootRecord = {
  ...{ bootId: 'b', version: '1', began: '2026-11-24T00:00:00Z', ended: 'poweroff', failure: failed },
  last: { bootId: 'a', version: '1', began: 'x', bootsAgo: 2, failure: failed },
};

const requests = Object.keys(methods).map((method, at) => ({
  jsonrpc: '2.0',
  id: `s:${at}`,
  method,
  params: {},
}));
const hello = { jsonrpc: '2.0', id: 's:h', method: 'hello', params: { protocol: 1, client: 'fuzz' } };

export const targets: Readonly<Record<string, Target>> = {
  /** A signature that is taken is the signed one, but for the comment that nobody signs. */
  'minisign signature': (random) => {
    const text = mutate(Buffer.from(signed), random).toString(random.chance(0.5) ? 'utf8' : 'latin1');
    const verified = taken(() => verifyMinisign(data, text, own));
    if (verified === undefined) return;
    assert.equal(verified.trustedComment, 'bulkhead 1.0');
    assert.deepEqual(text.replace(/\n$/, '').split('\n').slice(1), signedLines.slice(1, 4));
  },
  /** A signature is of these bytes and no others. */
  'signed data': (random) => {
    const other = mutate(data, random);
    const verified = taken(() => verifyMinisign(other, signed, own));
    assert.equal(verified !== undefined, other.equals(data));
  },
  'minisign public key': (random) => {
    const text = mutate(Buffer.from(publicText), random).toString('latin1');
    const parsed = taken(() => parsePublicKey(text));
    if (parsed === undefined) return;
    assert.equal(weaknessOf(parsed.point), undefined);
    // there is one text for a key
    assert(text.includes(formatPublicKey(parsed, '').split('\n')[1] ?? '-'));
  },
  'minisign secret key': (random) => {
    const text = mutate(Buffer.from(secretText), random).toString('latin1');
    const parsed = taken(() => parseSecretKey(text));
    if (parsed !== undefined) assert.deepEqual(parsed.secret, key.secret);
  },
  'settings document': settingsTarget,
  'manifest of executables': manifestTarget(executablesManifest, executables),
  'manifest of a release': manifestTarget(releaseManifest, release),
  /** Whatever is on the state disk: no record, or one that the protocol can tell of. */
  'record of a boot': (random) => {
    const text = JSON.stringify(mutateJson(bootRecord, random));
    const parsed = parseBootRecord(
      random.chance(0.5) ? mutate(Buffer.from(text), random) : Buffer.from(text),
    );
    const told = lastFailureOf(parsed);
    if (told !== undefined) lastFailure.parse(told);
  },
  /** The pieces in which bytes come make no difference; what follows a line of garbage is read; nothing is kept for ever. */
  frames: (random) => {
    const frames = Array.from({ length: 1 + random.below(5) }, () => {
      const frame = encodeFrame(mutateJson(hello, random));
      return random.chance(0.5) ? mutate(frame, random) : frame;
    });
    if (random.chance(0.02)) frames.push(Buffer.alloc(MAX_FRAME_BYTES + random.below(100), 0x61));
    const last = encodeFrame({ last: true });
    const stream = Buffer.concat([...frames, Buffer.from('\n'), last]);
    const [whole, pieces] = [new FrameReader(), new FrameReader()];
    const values = whole.push(stream);
    const again: unknown[] = [];
    for (let at = 0, size = 0; at < stream.length; at += size) {
      size = 1 + random.below(random.chance(0.5) ? 16 : 70_000);
      again.push(...pieces.push(stream.subarray(at, at + size)));
    }
    assert.deepEqual(again, values);
    assert.deepEqual(pieces.statistics, whole.statistics);
    assert.deepEqual(values.at(-1), { last: true });
  },
  /** Whatever the host says is answered or passed on by a strict schema; nothing is thrown. */
  'session of the channel': (random) => {
    const session = new Session(() => new Date(0));
    for (let messages = 1 + random.below(6); messages > 0; messages -= 1) {
      const example = random.pick([hello, ...requests]);
      const decision = session.fromHost(random.chance(0.3) ? example : mutateJson(example, random));
      if (decision.do === 'answer') response.parse(decision.response);
      else
        assert(
          methods[decision.request.method as keyof typeof methods].params.safeParse(decision.request.params)
            .success,
        );
    }
  },
};
