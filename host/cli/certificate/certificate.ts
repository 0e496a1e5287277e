import type { Command } from 'commander';
import type { Session } from '../session.ts';
import { addIssue } from './issue.ts';
import { addList } from './list.ts';
import { addRevoke } from './revoke.ts';

/** `bulkhead certificate …`: who may reach the engine of a VM. */
export function addCertificate(program: Command, session: Session): Command {
  const certificate = program
    .command('certificate')
    .description("issue, list and revoke certificates of the engine's clients")
    .helpCommand('help [command]', 'print the help of a command');
  for (const add of [addIssue, addList, addRevoke])
    add(certificate, session)
      .helpOption('-h, --help', 'print this help')
      .exitOverride()
      .option('--name <name>', 'which VM (default: bulkhead)');
  return certificate;
}
