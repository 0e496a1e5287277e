import type { Command } from 'commander';
import { askVm } from '../settings/ask.ts';
import { readPublicKey } from '../settings/files.ts';
import { pathsOf, type Session } from './session.ts';

export function addEnroll(program: Command, session: Session): Command {
  return program
    .command('enroll')
    .description(
      'give the VM to an organization: from then on only its signed settings lock, and nobody takes it back',
    )
    .argument('<keyfile>', "the organization's public key, of minisign or `bulkhead policy keygen`")
    .requiredOption('--organization <name>', 'as its documents name it')
    .action(async (keyFile: string, options: { organization: string }, command: Command) => {
      const { line } = await readPublicKey(keyFile);
      const { organization } = options;
      const params = { organization, publicKey: line };
      const result = await askVm(pathsOf(command), 'settings.enroll', params, session.signal);
      process.stdout.write(`this VM belongs to ${result.organization} from now on, key ${line}\n`);
    });
}
