/**
 * Vectors for tests, in the manner of Wycheproof: signatures of one key over one text, each with what we say of it. They
 * are made here rather than listed, so that every one differs from a good one in the thing that its name says.
 */
import { createHash } from 'node:crypto';
import { sign } from './ed25519.ts';
import type { MinisignErrorCode } from './error.ts';
import { littleEndian } from './public-key.ts';
import { formatPublicKey, generateKey, publicKeyOf, seedOf } from './secret-key.ts';
import { GROUP_ORDER, prehash } from './signature.ts';

export interface Vector {
  name: string;
  publicKey: string;
  signature: string;
  /** What verifyMinisign() or parsePublicKey() throws; undefined: it is accepted. */
  refused: MinisignErrorCode | undefined;
  /** Where Debian's minisign says otherwise: it accepts, and why we do not. */
  stockAccepts?: string;
}

export const DATA = Buffer.from('the engine that was shipped');

const key = generateKey(Buffer.alloc(40, 7));
const own = publicKeyOf(key);
const PUBLIC = formatPublicKey(own, 'vectors');
const COMMENT = 'bulkhead 1.0';

/** The eight points of small order, and encodings of some that are not canonical (https://eprint.iacr.org/2020/1244). */
const smallOrder: Readonly<Record<string, string>> = {
  'order 1': '0100000000000000000000000000000000000000000000000000000000000000',
  'order 2': 'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'order 4': '0000000000000000000000000000000000000000000000000000000000000000',
  'order 4, negative': '0000000000000000000000000000000000000000000000000000000000000080',
  'order 8': 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'order 8, negative': 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  'order 8, the other': '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'order 8, the other, negative': '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'order 1, not canonical': 'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'order 1, negative zero': '0100000000000000000000000000000000000000000000000000000000000080',
  'order 4, not canonical': 'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
};

interface Parts {
  algorithm: string;
  keyId: Buffer;
  signature: Buffer;
  trustedComment: string;
  /** made over what is above unless given */
  globalSignature?: Buffer;
}

const good: Parts = {
  algorithm: 'ED',
  keyId: own.id,
  signature: sign(prehash(DATA), seedOf(key)),
  trustedComment: COMMENT,
};

function globalOf({ signature, trustedComment }: Parts): Buffer {
  return sign(Buffer.concat([signature, Buffer.from(trustedComment)]), seedOf(key));
}

function lines(changes: Partial<Parts> = {}): [string, string, string, string] {
  const parts = { ...good, ...changes };
  return [
    'untrusted comment: vectors',
    Buffer.concat([Buffer.from(parts.algorithm, 'latin1'), parts.keyId, parts.signature]).toString('base64'),
    `trusted comment: ${parts.trustedComment}`,
    (parts.globalSignature ?? globalOf(parts)).toString('base64'),
  ];
}

const text = (changes: Partial<Parts> = {}): string => `${lines(changes).join('\n')}\n`;

/** One line put in the place of another. */
function withLine(at: 0 | 1 | 2 | 3, change: (line: string) => string): string {
  const all = lines();
  all[at] = change(all[at]);
  return `${all.join('\n')}\n`;
}

function changed(bytes: Buffer, change: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(bytes);
  change(copy);
  return copy;
}

const flip = (at: number) => (bytes: Buffer) => bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);

function fromNumber(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();
}

/** Adds `times` the group's order to S: the same number to whoever calculates modulo it. */
const addOrder = (times: bigint) => (signature: Buffer) =>
  fromNumber(littleEndian(signature.subarray(32)) + times * GROUP_ORDER).copy(signature, 32);

/**
 * Made by who has the key, with this R instead of one of its own: S = k·a, so that S·B = k·A, and only R is too much. What
 * accepts it multiplies the equation by eight, or was given the neutral point (RFC 8032, 5.1.7).
 */
function withWeakR(point: string): Buffer {
  const r = Buffer.from(point, 'hex');
  const k = littleEndian(createHash('sha512').update(r).update(own.point).update(prehash(DATA)).digest());
  const half = createHash('sha512').update(seedOf(key)).digest().subarray(0, 32);
  half.writeUInt8(half.readUInt8(0) & 248, 0);
  half.writeUInt8((half.readUInt8(31) & 127) | 64, 31);
  return Buffer.concat([r, fromNumber(((k % GROUP_ORDER) * littleEndian(half)) % GROUP_ORDER)]);
}

/** R and S that every key of small order takes with luck, the neutral one always. */
const forAnyKey = Buffer.concat([Buffer.from(smallOrder['order 1'] ?? '', 'hex'), Buffer.alloc(32)]);

const vector = (
  name: string,
  refused: Vector['refused'],
  signature: string,
  more: Partial<Vector> = {},
): Vector => ({ name, publicKey: PUBLIC, signature, refused, ...more });

const malformed = 'signature-malformed';

export const vectors: readonly Vector[] = [
  vector('good', undefined, text()),
  vector(
    'good, another untrusted comment',
    undefined,
    withLine(0, () => 'untrusted comment: of anybody'),
  ),
  vector('good, no newline at the end', undefined, text().trimEnd()),
  vector('good, an empty trusted comment', undefined, text({ trustedComment: '' })),
  vector('good, a trusted comment of many bytes', undefined, text({ trustedComment: 'ü€'.repeat(100) })),

  // the number S
  vector('S + L', 'signature-malleated', text({ signature: changed(good.signature, addOrder(1n)) })),
  vector('S + 2L', 'signature-malleated', text({ signature: changed(good.signature, addOrder(2n)) })),
  vector('S + 15L', 'signature-malleated', text({ signature: changed(good.signature, addOrder(14n)) })),
  vector(
    'S = L',
    'signature-malleated',
    text({ signature: Buffer.concat([good.signature.subarray(0, 32), fromNumber(GROUP_ORDER)]) }),
  ),
  vector(
    'S all ones',
    'signature-malleated',
    text({ signature: Buffer.concat([good.signature.subarray(0, 32), Buffer.alloc(32, 255)]) }),
  ),
  vector(
    'S = 0',
    'signature-bad',
    text({ signature: Buffer.concat([good.signature.subarray(0, 32), Buffer.alloc(32)]) }),
  ),
  vector(
    'S + L in the global signature',
    'signature-malleated',
    text({ globalSignature: changed(globalOf(good), addOrder(1n)) }),
  ),

  // the point R
  ...Object.entries(smallOrder).map(([name, point]) =>
    vector(`R of ${name}, S to fit`, 'signature-weak', text({ signature: withWeakR(point) })),
  ),
  vector('R and S zero', 'signature-weak', text({ signature: Buffer.alloc(64) })),
  vector(
    'R all ones',
    'signature-weak',
    text({ signature: changed(good.signature, (s) => s.fill(255, 0, 32)) }),
  ),
  vector(
    'R of another signature',
    'signature-bad',
    text({ signature: Buffer.concat([globalOf(good).subarray(0, 32), good.signature.subarray(32)]) }),
  ),

  // the key
  ...Object.entries(smallOrder).map(([name, point]) =>
    vector(
      `a key of ${name}`,
      'public-key-weak',
      text({ signature: forAnyKey, globalSignature: forAnyKey }),
      {
        publicKey: formatPublicKey({ id: own.id, point: Buffer.from(point, 'hex') }, 'weak'),
      },
    ),
  ),
  vector('another key of the same id', 'signature-bad', text(), {
    publicKey: formatPublicKey(
      publicKeyOf(generateKey(Buffer.concat([Buffer.alloc(32, 9), own.id]))),
      'other',
    ),
  }),
  vector('another key id', 'key-mismatch', text({ keyId: changed(own.id, flip(0)) })),
  vector('the key with another id', 'key-mismatch', text(), {
    publicKey: formatPublicKey({ id: changed(own.id, flip(7)), point: own.point }, 'other id'),
  }),

  // the kind
  vector(
    'legacy, made over the data itself',
    'signature-legacy',
    text({ algorithm: 'Ed', signature: sign(DATA, seedOf(key)) }),
    { stockAccepts: 'it still reads the kind without a prehash; we take one kind only' },
  ),
  vector('prehashed, called legacy', 'signature-legacy', text({ algorithm: 'Ed' })),
  vector('legacy, called prehashed', 'signature-bad', text({ signature: sign(DATA, seedOf(key)) })),
  vector('an unknown kind', malformed, text({ algorithm: 'eD' })),
  vector('no kind', malformed, text({ algorithm: '\0\0' })),

  // bits
  ...[0, 20, 31, 32, 50, 62].map((at) =>
    vector(`a bit of byte ${at}`, 'signature-bad', text({ signature: changed(good.signature, flip(at)) })),
  ),
  ...[0, 31, 32, 62].map((at) =>
    vector(
      `a bit of byte ${at} of the global signature`,
      'trusted-comment-bad',
      text({ globalSignature: changed(globalOf(good), flip(at)) }),
    ),
  ),
  vector(
    'the two signatures changed round',
    'signature-bad',
    text({ signature: globalOf(good), globalSignature: good.signature }),
  ),

  // the trusted comment
  vector(
    'another trusted comment',
    'trusted-comment-bad',
    text({ trustedComment: 'bulkhead 9.0', globalSignature: globalOf(good) }),
  ),
  vector(
    'a trusted comment with a space more',
    'trusted-comment-bad',
    text({ trustedComment: `${COMMENT} `, globalSignature: globalOf(good) }),
  ),
  vector(
    'an empty trusted comment',
    'trusted-comment-bad',
    text({ trustedComment: '', globalSignature: globalOf(good) }),
  ),
  vector(
    'a trusted comment with a NUL',
    'trusted-comment-bad',
    text({ trustedComment: `${COMMENT}\0x`, globalSignature: globalOf(good) }),
  ),
  vector(
    'a global signature over the comment alone',
    'trusted-comment-bad',
    text({ globalSignature: sign(Buffer.from(COMMENT), seedOf(key)) }),
  ),
  vector(
    'no trusted comment',
    malformed,
    withLine(2, () => 'comment: x'),
  ),
  vector(
    'the trusted comment in other letters',
    malformed,
    withLine(2, (line) => line.toUpperCase()),
  ),

  // the text
  vector('nothing', malformed, ''),
  vector('a newline', malformed, '\n'),
  vector('two lines', malformed, `${lines().slice(0, 2).join('\n')}\n`),
  vector('three lines', malformed, `${lines().slice(0, 3).join('\n')}\n`),
  vector('a fifth line', malformed, `${text()}x\n`, { stockAccepts: 'it does not read on' }),
  vector('an empty fifth line', malformed, `${text()}\n`, { stockAccepts: 'it does not read on' }),
  vector('an empty line before', malformed, `\n${text()}`),
  vector('lines that end with CR LF', malformed, text().replaceAll('\n', '\r\n'), {
    stockAccepts: 'it takes either end of a line',
  }),
  vector(
    'a NUL in the signature',
    malformed,
    withLine(1, (line) => `${line}\0x`),
  ),
  vector(
    'no untrusted comment',
    malformed,
    withLine(0, () => 'comment'),
  ),
  vector(
    'base64 with a space before',
    malformed,
    withLine(1, (line) => ` ${line}`),
  ),
  vector(
    'base64 with a space behind',
    malformed,
    withLine(1, (line) => `${line} `),
  ),
  vector(
    'base64 with a space inside',
    malformed,
    withLine(1, (line) => `${line.slice(0, 8)} ${line.slice(8)}`),
  ),
  vector(
    'base64 without its padding',
    malformed,
    withLine(1, (line) => line.replace(/=+$/, '')),
  ),
  vector(
    'base64 with more padding',
    malformed,
    withLine(1, (line) => `${line}=`),
  ),
  vector(
    'base64 of URLs',
    malformed,
    withLine(1, (line) => line.replaceAll('+', '-').replaceAll('/', '_')),
  ),
  // 74 bytes leave two bits of the last digit over
  vector(
    'base64 with bits that stand for nothing',
    malformed,
    withLine(1, (line) => line.replace(/.=$/, (end) => `${String.fromCharCode(end.charCodeAt(0) + 1)}=`)),
    { stockAccepts: 'it does not look at them' },
  ),
  vector('a byte less', malformed, text({ signature: good.signature.subarray(0, 63) })),
  vector('a byte more', malformed, text({ signature: Buffer.concat([good.signature, Buffer.alloc(1)]) })),
  vector(
    'a byte less of the global signature',
    malformed,
    text({ globalSignature: globalOf(good).subarray(0, 63) }),
  ),
  vector(
    'a byte more of the global signature',
    malformed,
    text({ globalSignature: Buffer.concat([globalOf(good), Buffer.alloc(1)]) }),
  ),
];
