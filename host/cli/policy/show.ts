import type { Command } from 'commander';
import { askVm } from '../../settings/ask.ts';
import { pathsOf, type Session } from '../session.ts';
import { formatPolicy } from './rows.ts';

export function addShow(policy: Command, session: Session): Command {
  return policy
    .command('show')
    .description('the settings in force in the VM, and who set them')
    .option('--all', 'those that have no effect here as well')
    .option('--json', 'print it as JSON')
    .action(async (options: { all?: boolean; json?: boolean }, command: Command) => {
      const answer = await askVm(pathsOf(command), 'settings.get', {}, session.signal);
      process.stdout.write(
        options.json
          ? `${JSON.stringify(answer, undefined, 2)}\n`
          : formatPolicy(answer.policy, answer.notes, options.all === true),
      );
    });
}
