import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { HostError } from '../../errors.ts';

/** A password to the end of a line, from a descriptor that whoever started us opened. @throws {HostError} `bad-option` */
export function passwordFrom(descriptor: string): string {
  const fd = Number(descriptor);
  if (!/^\d{1,4}$/.test(descriptor))
    throw new HostError('bad-option', `--password-fd wants a number, not ${JSON.stringify(descriptor)}`, {
      hint: 'for example: --password-fd 3 3< FILE',
    });
  try {
    return readFileSync(fd, 'utf8').split(/\r?\n/, 1)[0] ?? '';
  } catch (cause) {
    throw new HostError('bad-option', `nothing can be read from file descriptor ${fd}`, {
      cause,
      hint: 'for example: --password-fd 3 3< FILE',
    });
  }
}

/** Asks on the terminal, without showing what is typed; undefined where there is none. */
export async function askPassword(question: string, signal: AbortSignal): Promise<string | undefined> {
  if (!process.stdin.isTTY) return undefined;
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true });
  process.stderr.write(question);
  try {
    return await terminal.question('', { signal });
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}
