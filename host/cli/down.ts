import type { Command } from 'commander';
import { type StopResult, stopMachine } from '../machine/stop.ts';
import { showProgress } from './report.ts';
import { nameOf, type Session } from './session.ts';
import { seconds } from './up.ts';

const SAYS: Record<StopResult, string> = {
  'not-running': 'was not running',
  guest: 'is off',
  'power-button': 'is off (by its power button)',
  quit: 'is off (QEMU was ended; the guest did not stop by itself)',
  killed: 'is off (QEMU was killed; the guest did not stop by itself)',
};

export function addDown(program: Command, session: Session): Command {
  return program
    .command('down')
    .description('stop the VM; disk, certificates and docker context stay')
    .option(
      '--timeout <seconds>',
      'how long the guest may take before sterner means; containers have up to 120',
      '150',
    )
    .option('--json', 'print the result as JSON')
    .action(async (options: { timeout: string; json?: boolean }, command: Command) => {
      const { onProgress, end } = showProgress();
      const name = nameOf(command);
      try {
        const timeout = seconds('--timeout', options.timeout);
        const { stopped } = await stopMachine({ name, timeout, signal: session.signal, onProgress });
        end();
        process.stdout.write(
          options.json ? `${JSON.stringify({ name, stopped })}\n` : `${name} ${SAYS[stopped]}\n`,
        );
      } finally {
        end();
      }
    });
}
