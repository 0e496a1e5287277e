import { open } from 'node:fs/promises';
import type { Command } from 'commander';
import { HostError } from '../errors.ts';
import { makeBundle } from '../support/bundle.ts';
import { IMAGE_FOLDER } from './doctor.ts';
import { pathsOf, type Session } from './session.ts';

export function addSupportBundle(program: Command, session: Session): Command {
  return program
    .command('support-bundle')
    .description(
      'write one text file for whoever helps: state, settings, events, logs; secrets are taken out',
    )
    .option('-o, --output <file>', '- for standard output (default: bulkhead-support-NAME.txt here)')
    .option('--image <dir>', 'folder with the built image', IMAGE_FOLDER)
    .action(async (options: { output?: string; image: string }, command: Command) => {
      const paths = pathsOf(command);
      const version = program.version() ?? '';
      const { image } = options;
      const text = await makeBundle(paths, { version, image, env: process.env, signal: session.signal });
      const file = options.output ?? `bulkhead-support-${paths.name}.txt`;
      if (file === '-') {
        process.stdout.write(text);
        return;
      }
      await write(file, text);
      process.stdout.write(
        `${file}: what looks like a secret was taken out. Read it before you send it: a program cannot know them all.\n`,
      );
    });
}

/** For its owner alone, also where there is such a file already. */
async function write(file: string, text: string): Promise<void> {
  try {
    const handle = await open(file, 'w', 0o600);
    try {
      await handle.chmod(0o600);
      await handle.writeFile(text);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw new HostError('file-unusable', `${file} cannot be written: ${(cause as Error).message}`, { cause });
  }
}
