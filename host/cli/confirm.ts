import { createInterface } from 'node:readline/promises';
import { HostError } from '../errors.ts';

/** Asks, and returns when the answer is yes. @throws {HostError} `confirmation-needed`, `cancelled` */
export async function confirmed(question: string, otherwise: string, signal: AbortSignal): Promise<void> {
  if (!process.stdin.isTTY) throw new HostError('confirmation-needed', `${question} There is nobody to ask`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    if (/^y(es)?$/i.test((await terminal.question(`${question} [y/N] `, { signal })).trim())) return;
    throw new HostError('cancelled', otherwise);
  } finally {
    terminal.close();
  }
}
