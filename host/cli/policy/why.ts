import type { Command } from 'commander';
import { nearest } from '../../../policy/settings/nearest.ts';
import { HostError } from '../../errors.ts';
import { askVm } from '../../settings/ask.ts';
import { pathsOf, type Session } from '../session.ts';
import { formatWhy } from './rows.ts';

export function addWhy(policy: Command, session: Session): Command {
  return policy
    .command('why')
    .description('one setting: its value, who set it, whether it is locked')
    .argument('<key>', 'such as blockDockerLoad or linuxVM.vpnkitCIDR')
    .option('--json', 'print it as JSON')
    .action(async (key: string, options: { json?: boolean }, command: Command) => {
      const { policy: inForce } = await askVm(pathsOf(command), 'settings.get', {}, session.signal);
      const row = inForce.rows.find((each) => each.key === key);
      if (row === undefined) {
        const meant = nearest(
          key,
          inForce.rows.map((each) => each.key),
        );
        throw new HostError('bad-option', `there is no setting ${JSON.stringify(key)}`, {
          hint: meant === undefined ? 'see `bulkhead policy show --all`' : `did you mean ${meant}?`,
        });
      }
      process.stdout.write(options.json ? `${JSON.stringify(row, undefined, 2)}\n` : formatWhy(inForce, row));
    });
}
