import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Command } from 'commander';
import * as z from '../../policy/zod.ts';
import { HostError, hasSystemCode } from '../errors.ts';
import { printable } from '../machine/tail.ts';
import { IMAGE_FOLDER } from './doctor.ts';
import { EXIT } from './exit-codes.ts';
import type { Session } from './session.ts';

/** A program of its own: the launcher imports nothing of the VM's side (docs/architecture.md, section 7). */
const PROGRAM = fileURLToPath(new URL('../../init/check-services/main.ts', import.meta.url));
const PATIENCE = 60_000;

const answer = z.strictObject({
  order: z.array(z.string()),
  problems: z.array(z.strictObject({ service: z.string(), code: z.string(), message: z.string() })),
});

export function addCheckServices(program: Command, session: Session): Command {
  return program
    .command('check-services')
    .description(
      "check the definitions of the VM's services, and that the image has what they execute; nothing is booted",
    )
    .argument('[dir]', 'folder with the built image', IMAGE_FOLDER)
    .option('--json', 'print it as JSON')
    .action(async (folder: string, options: { json?: boolean }) => {
      const { order, problems } = await check(join(folder, 'executables.json'));
      const text = [
        ...(order.length === 0 ? [] : [`start in this order: ${order.join(', ')}`]),
        ...problems.map(({ message, code }) => `WRONG  ${message} (${code})`),
        problems.length === 0 ? 'Nothing is wrong with them.' : `${problems.length} wrong.`,
      ];
      const ok = problems.length === 0;
      process.stdout.write(
        options.json ? `${JSON.stringify({ ok, order, problems })}\n` : `${text.map(printable).join('\n')}\n`,
      );
      if (!ok) session.exitCode = EXIT.failed;
    });
}

/** @throws {HostError} `image-missing`, `image-damaged` */
async function check(manifest: string): Promise<z.infer<typeof answer>> {
  try {
    await access(manifest);
    const tsx = fileURLToPath(import.meta.resolve('tsx'));
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', tsx, PROGRAM, manifest], {
      timeout: PATIENCE,
    });
    return answer.parse(JSON.parse(stdout));
  } catch (cause) {
    if (hasSystemCode(cause, 'ENOENT'))
      throw new HostError('image-missing', `there is no ${manifest}`, { cause });
    throw new HostError(
      'image-damaged',
      `${manifest} cannot be checked: ${(cause as Error).message.split('\n').at(-1)}`,
      {
        cause,
      },
    );
  }
}
