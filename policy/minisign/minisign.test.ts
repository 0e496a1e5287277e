import { execFileSync } from 'node:child_process';
import { scryptSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decryptSecretKey, scryptCost } from './encrypted-key.ts';
import { MinisignError, type MinisignErrorCode } from './error.ts';
import { littleEndian, parsePublicKey } from './public-key.ts';
import { formatPublicKey, formatSecretKey, generateKey, parseSecretKey, publicKeyOf } from './secret-key.ts';
import { signMinisign } from './sign.ts';
import { GROUP_ORDER, parseSignature } from './signature.ts';
import { verifyMinisign } from './verify.ts';

/** Of `minisign -G`, 0.12; its password is 'geheim'. */
const ENCRYPTED =
  'RWRTY0Iyqhvnrf68Lt5Om+qM5F8OSLSXVa/J0y3PWaOuhHXoteUAAAACAAAAAAAAAEAAAAAAIAJNb2Uybj7N6PUqG9ay6k14ufrLmmMcbA6Jup27pnZ7kVkY8fqaSXvd08h60e+LzdwN48XIpbl1nUw7/wLh7GWRg3uX77eDjvZxuV3TLnqeig6J7rmszpJQe9708d73z508y/G53kw=';
const key = generateKey(Buffer.alloc(40, 7));
const pub = publicKeyOf(key);
const data = Buffer.from('the engine that was shipped');
const signed = signMinisign(data, key, 'bulkhead 1.0');

function codeOf(run: () => unknown): MinisignErrorCode | 'none' {
  try {
    run();
  } catch (error) {
    if (error instanceof MinisignError) return error.code;
    throw error;
  }
  return 'none';
}

/** The signed text with one line altered. */
function withLine(index: number, alter: (line: string) => string): string {
  return signed
    .split('\n')
    .map((line, at) => (at === index ? alter(line) : line))
    .join('\n');
}

function withBytes(index: number, alter: (bytes: Buffer) => void): string {
  return withLine(index, (line) => {
    const bytes = Buffer.from(line, 'base64');
    alter(bytes);
    return bytes.toString('base64');
  });
}

/** Writes S + L over S: the same signature to a verifier that does not look (RFC 8032, 5.1.7). */
function malleate(bytes: Buffer, offset: number): void {
  const s = littleEndian(bytes.subarray(offset, offset + 32)) + GROUP_ORDER;
  Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse().copy(bytes, offset);
}

describe('verifyMinisign()', () => {
  it('returns the trusted comment of a good signature', () => {
    expect(verifyMinisign(data, signed, pub)).toEqual({ trustedComment: 'bulkhead 1.0' });
  });

  it('does not look at the untrusted comment', () => {
    const text = withLine(0, () => 'untrusted comment: anything');
    expect(codeOf(() => verifyMinisign(data, text, pub))).toBe('none');
  });

  const cases: [string, MinisignErrorCode, string][] = [
    ['nothing', 'signature-malformed', ''],
    ['a line too many', 'signature-malformed', `${signed}x\n`],
    [
      'a byte of the signature flipped',
      'signature-bad',
      withBytes(1, (b) => b.writeUInt8(b.readUInt8(20) ^ 1, 20)),
    ],
    ['S + L in the signature', 'signature-malleated', withBytes(1, (b) => malleate(b, 42))],
    ['S + L in the global signature', 'signature-malleated', withBytes(3, (b) => malleate(b, 32))],
    ['another key id', 'key-mismatch', withBytes(1, (b) => b.writeUInt8(b.readUInt8(2) ^ 1, 2))],
    ['the legacy kind', 'signature-legacy', withBytes(1, (b) => b.write('Ed', 'latin1'))],
    ['an unknown kind', 'signature-malformed', withBytes(1, (b) => b.write('XX', 'latin1'))],
    ['another trusted comment', 'trusted-comment-bad', withLine(2, () => 'trusted comment: bulkhead 9.0')],
    [
      'a global signature flipped',
      'trusted-comment-bad',
      withBytes(3, (b) => b.writeUInt8(b.readUInt8(3) ^ 1, 3)),
    ],
    ['base64 with a space', 'signature-malformed', withLine(1, (line) => ` ${line}`)],
    ['base64 without its padding', 'signature-malformed', withLine(1, (line) => line.replace(/=+$/, ''))],
    ['no trusted comment', 'signature-malformed', withLine(2, () => 'comment')],
  ];
  it.each(cases)('refuses %s', (_what, code, text) => {
    expect(codeOf(() => verifyMinisign(data, text, pub))).toBe(code);
  });

  it('refuses other data', () => {
    expect(codeOf(() => verifyMinisign(Buffer.from('another engine'), signed, pub))).toBe('signature-bad');
  });

  it('refuses the signature of another key with the same id', () => {
    const other = generateKey(Buffer.concat([Buffer.alloc(32, 9), Buffer.alloc(8, 7)]));
    expect(codeOf(() => verifyMinisign(data, signed, publicKeyOf(other)))).toBe('signature-bad');
  });
});

describe('parsePublicKey()', () => {
  const text = formatPublicKey(pub, 'minisign public key');

  it('reads what formatPublicKey() wrote, and the second line alone', () => {
    expect(parsePublicKey(text)).toEqual(pub);
    expect(parsePublicKey(text.split('\n')[1] ?? '')).toEqual(pub);
  });

  it.each(['', 'RWQ', `${text}${text}`, text.replace('RWQ', 'RXQ'), 'untrusted comment: x\n'])(
    'refuses %j',
    (bad) => {
      expect(codeOf(() => parsePublicKey(bad))).toBe('public-key-malformed');
    },
  );

  // The encodings of https://eprint.iacr.org/2020/1244, tables 1 and 2: small order, and non-canonical ones.
  it.each([
    '0000000000000000000000000000000000000000000000000000000000000000',
    '0000000000000000000000000000000000000000000000000000000000000080',
    '0100000000000000000000000000000000000000000000000000000000000000',
    '0100000000000000000000000000000000000000000000000000000000000080',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
    'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
    'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  ])('refuses the weak point %s', (point) => {
    const weak = formatPublicKey({ id: pub.id, point: Buffer.from(point, 'hex') }, 'weak');
    expect(codeOf(() => parsePublicKey(weak))).toBe('public-key-weak');
  });
});

describe('parseSecretKey()', () => {
  const text = formatSecretKey(key, 'minisign secret key');

  it('reads what formatSecretKey() wrote', () => {
    expect(parseSecretKey(text)).toEqual(key);
  });

  it('says that an encrypted key is encrypted', () => {
    const bytes = Buffer.from(text.split('\n')[1] ?? '', 'base64');
    bytes.write('Sc', 2, 'latin1');
    const encrypted = `untrusted comment: x\n${bytes.toString('base64')}\n`;
    expect(codeOf(() => parseSecretKey(encrypted))).toBe('secret-key-encrypted');
  });

  it('refuses halves that do not belong together', () => {
    const mixed = { id: key.id, secret: Buffer.concat([key.secret.subarray(0, 32), Buffer.alloc(32, 5)]) };
    expect(codeOf(() => parseSecretKey(formatSecretKey(mixed, 'x')))).toBe('secret-key-malformed');
  });

  it.each(['', text.slice(10), text.replace('RWQ', 'AAA')])('refuses %j', (bad) => {
    expect(codeOf(() => parseSecretKey(bad))).toBe('secret-key-malformed');
  });
});

describe('decryptSecretKey()', () => {
  /** As minisign writes it, but for the cost, and the checksum that nobody here reads. */
  function encrypted(password: string, operations: bigint, memory: bigint): string {
    const salt = Buffer.alloc(32, 3);
    const stream = scryptSync(password, salt, 104, scryptCost(operations, memory));
    const plain = Buffer.concat([key.id, key.secret, Buffer.alloc(32)]);
    const limits = Buffer.alloc(16);
    limits.writeBigUInt64LE(operations, 0);
    limits.writeBigUInt64LE(memory, 8);
    const hidden = plain.map((byte, at) => byte ^ (stream[at] ?? 0));
    const bytes = Buffer.concat([Buffer.from('EdScB2'), salt, limits, hidden]);
    return `untrusted comment: x\n${bytes.toString('base64')}\n`;
  }

  it('opens with its password and no other', () => {
    const text = encrypted('Gürteltier', 32_768n, 2n ** 24n);
    expect(decryptSecretKey(text, 'Gürteltier')).toEqual(key);
    expect(codeOf(() => decryptSecretKey(text, 'gürteltier'))).toBe('password-wrong');
  });

  it('refuses a file that asks for more memory than minisign does', () => {
    expect(codeOf(() => scryptCost(2n ** 25n, 2n ** 30n + 1n))).toBe('secret-key-malformed');
    expect(codeOf(() => scryptCost(2n ** 25n + 1n, 2n ** 30n))).toBe('secret-key-malformed');
  });

  it.each([
    [2n ** 25n, 2n ** 30n, { N: 2 ** 20, r: 8, p: 1 }], // minisign's own
    [524_288n, 16_777_216n, { N: 2 ** 14, r: 8, p: 1 }], // libsodium, …_INTERACTIVE
    [1n, 2n ** 24n, { N: 2 ** 10, r: 8, p: 1 }],
    [2n ** 22n, 2n ** 20n, { N: 2 ** 10, r: 8, p: 128 }],
  ])('scryptCost(%i, %i)', (operations, memory, cost) => {
    expect(scryptCost(operations, memory)).toEqual(cost);
  });
});

describe('signMinisign()', () => {
  it('gives the same text for the same input', () => {
    expect(signMinisign(data, key, 'bulkhead 1.0')).toBe(signed);
  });

  it('refuses a comment that would add lines', () => {
    expect(codeOf(() => signMinisign(data, key, 'a\nb'))).toBe('comment-invalid');
  });
});

describe.skipIf(!installed())("with Debian's minisign", () => {
  let folder = '';
  const at = (name: string): string => join(folder, name);
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'minisign-'));
    writeFileSync(at('data'), data);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('verifies what it signed, with the key it made', () => {
    execFileSync('minisign', ['-G', '-W', '-p', at('a.pub'), '-s', at('a.key')]);
    execFileSync('minisign', ['-S', '-s', at('a.key'), '-m', at('data'), '-t', 'from minisign']);
    const theirs = parsePublicKey(readFileSync(at('a.pub'), 'utf8'));
    const text = readFileSync(at('data.minisig'), 'utf8');
    expect(verifyMinisign(data, text, theirs)).toEqual({ trustedComment: 'from minisign' });
    expect(publicKeyOf(parseSecretKey(readFileSync(at('a.key'), 'utf8')))).toEqual(theirs);
  });

  it('opens a key that it made with a password', () => {
    // 2^20 rounds: with `minisign -G` as well it would take twice as long
    const text = `untrusted comment: minisign encrypted secret key\n${ENCRYPTED}\n`;
    const opened = decryptSecretKey(text, 'geheim');
    expect(publicKeyOf(opened)).toEqual(
      parsePublicKey('RWQHQ8MHb56NVgS9OxrpLlxt3M/22JMIyZ4DWonEpT5Rtg/fyEAXeoEy'),
    );
    writeFileSync(at('data.minisig'), signMinisign(data, opened, 'with a password'));
    expect(
      execFileSync(
        'minisign',
        ['-V', '-P', 'RWQHQ8MHb56NVgS9OxrpLlxt3M/22JMIyZ4DWonEpT5Rtg/fyEAXeoEy', '-m', at('data')],
        {
          encoding: 'utf8',
        },
      ),
    ).toContain('with a password');
  }, 180_000);

  it('makes keys and signatures that it accepts', () => {
    writeFileSync(at('b.pub'), formatPublicKey(pub, 'ours'));
    writeFileSync(at('b.key'), formatSecretKey(key, 'ours'));
    writeFileSync(at('data.minisig'), signed);
    const said = execFileSync('minisign', ['-V', '-p', at('b.pub'), '-m', at('data')], { encoding: 'utf8' });
    expect(said).toContain('bulkhead 1.0');
    execFileSync('minisign', ['-S', '-s', at('b.key'), '-m', at('data'), '-t', 'again']);
    expect(parseSignature(readFileSync(at('data.minisig'), 'utf8')).trustedComment).toBe('again');
    expect(verifyMinisign(data, readFileSync(at('data.minisig'), 'utf8'), pub)).toEqual({
      trustedComment: 'again',
    });
  });
});

function installed(): boolean {
  try {
    execFileSync('minisign', ['-v'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
