import type { Command } from 'commander';
import { dockerEnvironment, runDocker } from '../docker/cli.ts';
import { requireRunning } from '../machine/record.ts';
import { pathsOf, type Session } from './session.ts';

export function addDocker(program: Command, session: Session): Command {
  return program
    .command('docker')
    .description("run this machine's docker command against the VM")
    .argument('[args...]', 'for docker, as they are')
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (args: string[], _options: unknown, command: Command) => {
      const paths = pathsOf(command);
      const { port } = await requireRunning(paths);
      session.exitCode = await runDocker(args, dockerEnvironment(paths, port));
    });
}
