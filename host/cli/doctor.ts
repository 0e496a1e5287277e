import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { diagnose, type Finding } from '../doctor/checks.ts';
import { gatherFacts } from '../doctor/facts.ts';
import { printable } from '../machine/tail.ts';
import { EXIT } from './exit-codes.ts';
import { pathsOf, type Session } from './session.ts';

export const IMAGE_FOLDER = fileURLToPath(new URL('../../dist', import.meta.url));

export function addDoctor(program: Command, session: Session): Command {
  return program
    .command('doctor')
    .description('check whether this machine can run the VM, and what to do where it cannot')
    .option('--image <dir>', 'folder with the built image', IMAGE_FOLDER)
    .option('--json', 'print it as JSON')
    .action(async (options: { image: string; json?: boolean }, command: Command) => {
      const findings = diagnose(await gatherFacts(pathsOf(command), options.image));
      const ok = findings.every(({ level }) => level !== 'fail');
      process.stdout.write(
        options.json ? `${JSON.stringify({ ok, findings }, undefined, 2)}\n` : formatFindings(findings),
      );
      if (!ok) session.exitCode = EXIT.failed;
    });
}

/** A line for each, and what to do below those that are not well. */
export function formatFindings(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ name }) => name.length));
  const lines = findings.flatMap(({ name, level, detail, hint }) => [
    `${{ ok: 'ok  ', warn: 'WARN', fail: 'FAIL' }[level]}  ${name.padEnd(width)}  ${detail}`,
    ...(hint === undefined ? [] : [`      ${' '.repeat(width)}  to do: ${hint}`]),
  ]);
  return `${lines.map(printable).join('\n')}\n`;
}
