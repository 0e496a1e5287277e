import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ImageError } from '../error.ts';
import { execute } from '../run.ts';
import { hasGoodSignature } from './release.ts';

/** The names that the package debian-archive-keyring has given its file, newest first. */
const KEYRINGS = [
  '/usr/share/keyrings/debian-archive-keyring.pgp',
  '/usr/share/keyrings/debian-archive-keyring.gpg',
];

/**
 * The text that an InRelease file's signature covers, and not the file that holds it: nothing outside of the
 * signature may be read.
 * @throws {ImageError} `signature-bad`, `keyring-missing`
 */
export async function readSigned(path: string, what: string): Promise<string> {
  const keyring = KEYRINGS.find((candidate) => existsSync(candidate));
  if (keyring === undefined) {
    const hint = 'apt-get install debian-archive-keyring';
    throw new ImageError('keyring-missing', "Debian's archive keyring is not installed", hint);
  }
  const folder = await mkdtemp(join(tmpdir(), 'bulkhead-gpgv-'));
  try {
    const output = join(folder, 'signed');
    // Its exit code also tells of signatures by keys that this machine does not have: the status lines decide.
    const { stdout, stderr } = await execute('gpgv', [
      '--status-fd',
      '1',
      '--keyring',
      keyring,
      '--output',
      output,
      path,
    ]);
    if (hasGoodSignature(stdout.toString('utf8'))) return await readFile(output, 'utf8');
    const hint = `use another mirror; if the keyring is old, upgrade debian-archive-keyring. gpgv said:\n${stderr.trim()}`;
    throw new ImageError('signature-bad', `the release file of ${what} is not signed by Debian`, hint);
  } finally {
    await rm(folder, { recursive: true });
  }
}
