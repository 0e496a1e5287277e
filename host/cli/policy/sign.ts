import type { Command } from 'commander';
import { decryptSecretKey } from '../../../policy/minisign/encrypted-key.ts';
import {
  decodeSecretKey,
  isEncrypted,
  type MinisignSecretKey,
  parseSecretKey,
} from '../../../policy/minisign/secret-key.ts';
import { signMinisign } from '../../../policy/minisign/sign.ts';
import type { Identity } from '../../../policy/settings/document.ts';
import { HostError } from '../../errors.ts';
import { readNamed, writeNamed } from '../../settings/files.ts';
import { SIGNATURE } from '../../settings/places.ts';
import { EXIT } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import { checkDocument, formatChecked } from './check.ts';
import { askPassword, passwordFrom } from './password.ts';

export function addSign(policy: Command, session: Session): Command {
  return policy
    .command('sign')
    .description('sign a document that is in order; writes <file>.minisig')
    .argument('<file>', 'as an administrator writes it')
    .requiredOption('--key <file>', 'secret key, of `bulkhead policy keygen` or `minisign -G`')
    .option('--password-fd <n>', "read the key's password from this file descriptor, to the end of a line")
    .action(async (file: string, options: { key: string; passwordFd?: string }) => {
      const bytes = await readNamed(file);
      const checked = checkDocument(file, bytes, 'admin');
      process.stderr.write(checked.error || checked.document?.warnings.length ? formatChecked(checked) : '');
      if (checked.error) {
        session.exitCode = EXIT.failed; // no VM would take it, signed or not
        return;
      }
      const key = await secretKey(options.key, options.passwordFd, session.signal);
      const comment = trustedComment(checked.document?.identity, new Date());
      await writeNamed(`${file}${SIGNATURE}`, signMinisign(bytes, key, comment, 'signature of settings'));
      process.stdout.write(`${file}${SIGNATURE} is written: ${comment}\n`);
    });
}

/** Of the signature: signed as well, and shown by `minisign -V`. */
function trustedComment(identity: Identity | undefined, now: Date): string {
  const timestamp = Math.floor(now.getTime() / 1000);
  return `timestamp:${timestamp} organization:${identity?.organization} serial:${identity?.serial}`;
}

async function secretKey(
  path: string,
  descriptor: string | undefined,
  signal: AbortSignal,
): Promise<MinisignSecretKey> {
  const text = (await readNamed(path)).toString('utf8');
  if (!isEncrypted(decodeSecretKey(text))) return parseSecretKey(text);
  const password =
    descriptor !== undefined ? passwordFrom(descriptor) : await askPassword(`Password of ${path}: `, signal);
  if (password === undefined)
    throw new HostError('confirmation-needed', `${path} is protected by a password`, {
      hint: 'run it in a terminal, or give the password with --password-fd',
    });
  process.stderr.write('making the key from the password…\n');
  return decryptSecretKey(text, password);
}
