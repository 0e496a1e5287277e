import type { Command } from 'commander';
import { askVm } from '../../settings/ask.ts';
import { readNamed } from '../../settings/files.ts';
import { SIGNATURE } from '../../settings/places.ts';
import { onChannel } from '../../settings/submit.ts';
import { rememberSubnet } from '../../settings/subnet.ts';
import { confirmed } from '../confirm.ts';
import { pathsOf, type Session } from '../session.ts';
import { formatChanges } from './rows.ts';

interface Options {
  yes?: boolean;
  restart: boolean;
  json?: boolean;
}

const ENGINE = {
  'not-needed': '',
  done: '; the engine was started again, containers went on',
  needed: '; some of it counts when the engine is next started',
} as const;

export function addApply(policy: Command, session: Session): Command {
  return policy
    .command('apply')
    .description('put a signed document in force, and say first what it changes')
    .argument('<file>', 'with its signature beside it, in <file>.minisig')
    .option('-y, --yes', 'do not ask')
    .option('--no-restart', 'leave the engine as it is; what needs its restart counts from the next one')
    .option('--json', 'print the result as JSON')
    .action(async (file: string, options: Options, command: Command) => {
      const paths = pathsOf(command);
      const signature = (await readNamed(`${file}${SIGNATURE}`)).toString('utf8');
      const admin = onChannel({ bytes: await readNamed(file), signature });
      const plan = await askVm(paths, 'settings.plan', { admin }, session.signal);
      process.stderr.write(formatChanges(plan.changes));
      if (!options.yes)
        await confirmed(`Put serial ${plan.serial} in force?`, 'nothing was changed', session.signal);
      const restart = options.restart ? 'if-kept' : 'no';
      const result = await askVm(paths, 'settings.apply', { admin, restart }, session.signal);
      await rememberSubnet(paths);
      process.stdout.write(
        options.json
          ? `${JSON.stringify(result)}\n`
          : `serial ${result.serial} is in force${ENGINE[result.restart]}\n`,
      );
    });
}
