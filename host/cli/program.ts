import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { addAttest } from './attest.ts';
import { addCertificate } from './certificate/certificate.ts';
import { addCheckServices } from './check-services.ts';
import { addConsole } from './console.ts';
import { addDelete } from './delete.ts';
import { addDocker } from './docker.ts';
import { addDoctor } from './doctor.ts';
import { addDown } from './down.ts';
import { addEnroll } from './enroll.ts';
import { addEvents } from './events.ts';
import { EXIT_CODES_HELP } from './exit-codes.ts';
import { addList } from './list.ts';
import { addLogs } from './logs.ts';
import { addMetrics } from './metrics.ts';
import { addPolicy } from './policy/policy.ts';
import type { Session } from './session.ts';
import { addStatus } from './status.ts';
import { addSupportBundle } from './support-bundle.ts';
import { addTimeline } from './timeline.ts';
import { addUp } from './up.ts';
import { addVerify } from './verify.ts';

/** The command line, whole. Commander throws where it would leave the process. */
export function createProgram(session: Session): Command {
  const program = new Command('bulkhead')
    .description('Runs a hardened Docker VM and reaches its engine over mutual TLS.')
    .version(ownVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .option('--name <name>', 'which VM', undefined)
    .enablePositionalOptions()
    .exitOverride()
    .configureHelp({ showGlobalOptions: false })
    .addHelpText('after', EXIT_CODES_HELP);
  for (const add of [
    addUp,
    addDown,
    addStatus,
    addLogs,
    addEvents,
    addTimeline,
    addMetrics,
    addDoctor,
    addSupportBundle,
    addCheckServices,
    addConsole,
    addPolicy,
    addCertificate,
    addEnroll,
    addAttest,
    addDocker,
    addList,
    addVerify,
    addDelete,
  ]) {
    const command = add(program, session);
    command.helpOption(command.name() === 'docker' ? false : '-h, --help', 'print this help').exitOverride();
    if (!['docker', 'list', 'check-services'].includes(command.name())) {
      command.option('--name <name>', 'which VM (default: bulkhead)');
    }
  }
  return program;
}

function ownVersion(): string {
  const file = fileURLToPath(new URL('../../package.json', import.meta.url));
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
