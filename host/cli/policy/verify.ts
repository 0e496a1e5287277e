import type { Command } from 'commander';
import { MinisignError } from '../../../policy/minisign/error.ts';
import { verifyMinisign } from '../../../policy/minisign/verify.ts';
import { HostError } from '../../errors.ts';
import { printable } from '../../machine/tail.ts';
import { readNamed, readPublicKey } from '../../settings/files.ts';
import { SIGNATURE } from '../../settings/places.ts';
import { EXIT } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import { checkDocument, formatChecked } from './check.ts';

export function addVerify(policy: Command, session: Session): Command {
  return policy
    .command('verify')
    .description('check the signature of a document and what it says; 0 when both are in order')
    .argument('<file>', 'with its signature beside it, in <file>.minisig')
    .requiredOption('--key <file>', 'public key that must have signed it')
    .action(async (file: string, options: { key: string }) => {
      const { key } = await readPublicKey(options.key);
      const bytes = await readNamed(file);
      const signature = await readNamed(`${file}${SIGNATURE}`);
      const { trustedComment } = verified(file, () => verifyMinisign(bytes, signature.toString('utf8'), key));
      const checked = checkDocument(file, bytes, 'admin');
      process.stdout.write(
        `${printable(`the signature holds: ${trustedComment}`)}\n${formatChecked(checked)}`,
      );
      if (checked.error) session.exitCode = EXIT.failed;
    });
}

function verified<T>(file: string, verify: () => T): T {
  try {
    return verify();
  } catch (error) {
    if (!(error instanceof MinisignError)) throw error;
    throw new HostError('signature-invalid', `${file} is not to be trusted: ${error.message}`, {
      hint: error.hint,
      cause: error,
    });
  }
}
