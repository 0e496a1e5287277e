import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { HostError } from '../errors.ts';
import { deleteMachine } from '../machine/delete.ts';
import { nameOf, type Session } from './session.ts';

export function addDelete(program: Command, session: Session): Command {
  return program
    .command('delete')
    .description('remove a stopped VM for good: disk, certificates, logs, docker context')
    .option('-y, --yes', 'do not ask')
    .action(async (options: { yes?: boolean }, command: Command) => {
      const name = nameOf(command);
      if (!options.yes) await confirm(name, session.signal);
      await deleteMachine({ name });
      process.stdout.write(`${name} is deleted\n`);
    });
}

async function confirm(name: string, signal: AbortSignal): Promise<void> {
  if (!process.stdin.isTTY) {
    throw new HostError('confirmation-needed', `deleting ${name} removes its images, containers and volumes`);
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const question = `This removes the VM ${name} with its images, containers and volumes. Its name to confirm: `;
    if ((await terminal.question(question, { signal })) === name) return;
    throw new HostError('cancelled', 'nothing was deleted');
  } finally {
    terminal.close();
  }
}
