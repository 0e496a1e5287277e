import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { HostError, hasSystemCode } from '../errors.ts';
import { logOfBoot } from '../machine/rotate.ts';
import { printable } from '../machine/tail.ts';
import { bootNumber } from './logs.ts';
import { pathsOf, type Session } from './session.ts';

export function addConsole(program: Command, session: Session): Command {
  return program
    .command('console')
    .description('print what the VM wrote to its serial console; it takes no input')
    .option('-f, --follow', 'go on as it grows')
    .option('--boot <n>', '0: the last boot, -1: the one before it', '0')
    .action(async (options: { follow?: boolean; boot: string }, command: Command) => {
      const path = logOfBoot(pathsOf(command).console, bootNumber(options.boot));
      for await (const piece of readGrowing(path, options.follow === true, session.signal)) {
        process.stdout.write(process.stdout.isTTY ? forTerminal(piece) : piece);
      }
    });
}

/** A guest must not steer the user's terminal; into a file or a pipe the bytes go as they are. */
function forTerminal(piece: Buffer): string {
  return piece.toString('utf8').split('\n').map(printable).join('\n');
}

async function* readGrowing(path: string, follow: boolean, signal: AbortSignal): AsyncGenerator<Buffer> {
  const file = await open(path).catch((cause: unknown) => {
    if (!hasSystemCode(cause, 'ENOENT')) throw cause;
    throw new HostError('not-running', 'there is no console log of that boot', { cause });
  });
  try {
    while (!signal.aborted) {
      const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(64 * 1024) });
      if (bytesRead > 0) yield buffer.subarray(0, bytesRead);
      else if (!follow) return;
      else await sleep(200);
    }
  } finally {
    await file.close();
  }
}
