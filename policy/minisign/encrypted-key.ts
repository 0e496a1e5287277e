import { scryptSync } from 'node:crypto';
import { MinisignError } from './error.ts';
import { decodeSecretKey, keyFrom, type MinisignSecretKey } from './secret-key.ts';

/** What minisign asks of scrypt at most (crypto_pwhash_scryptsalsa208sha256_MEMLIMIT_SENSITIVE), in bytes. */
const MOST_MEMORY = 2n ** 30n;
const MOST_OPERATIONS = 2n ** 25n;

/**
 * Reads a secret key file that `minisign -G` made with a password. Takes a second or more and up to 1 GiB of memory:
 * that is what protects the password.
 *
 * minisign has a BLAKE2b-256 checksum in the file, which Node's OpenSSL does not make; that the seed makes the public
 * key beside it says as much.
 * @throws {MinisignError} `password-wrong`, `secret-key-malformed`
 */
export function decryptSecretKey(text: string, password: string): MinisignSecretKey {
  const bytes = decodeSecretKey(text);
  const cost = scryptCost(bytes.readBigUInt64LE(38), bytes.readBigUInt64LE(46));
  // https://jedisct1.github.io/minisign/, 'Secret key format': key id, seed, public key, checksum
  const stream = scryptSync(password, bytes.subarray(6, 38), 104, { ...cost, maxmem: 2 ** 31 });
  const plain = bytes.subarray(54).map((byte, at) => byte ^ (stream[at] ?? 0));
  const key = keyFrom(Buffer.from(plain));
  if (key === undefined) throw new MinisignError('password-wrong', 'the password is wrong');
  return key;
}

/**
 * scrypt's cost from libsodium's limits (libsodium, crypto_pwhash/scryptsalsa208sha256, `pickparams`).
 * @throws {MinisignError} `secret-key-malformed` for more than minisign asks for
 */
export function scryptCost(operations: bigint, memory: bigint): { N: number; r: number; p: number } {
  if (memory > MOST_MEMORY || operations > MOST_OPERATIONS)
    throw new MinisignError('secret-key-malformed', 'the secret key asks for more memory than minisign does');
  const limit = operations < 32_768n ? 32_768n : operations;
  const r = 8n;
  const ruledByOperations = limit < memory / 32n;
  const most = ruledByOperations ? limit / (r * 4n) : memory / (r * 128n);
  let log = 1n;
  while (log < 63n && 1n << log <= most / 2n) log += 1n;
  const N = 1n << log;
  const p = ruledByOperations ? 1n : limit / 4n / N / r;
  return { N: Number(N), r: Number(r), p: Number(p < 1n ? 1n : p) };
}
