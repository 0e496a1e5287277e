import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { printable } from '../machine/tail.ts';
import { type Link, verifyChain } from '../verify/chain.ts';
import { EXIT } from './exit-codes.ts';
import { pathsOf, type Session } from './session.ts';

export function addVerify(program: Command, session: Session): Command {
  return program
    .command('verify')
    .description('check a built image, link by link; 0 only when the whole chain holds')
    .argument('[dir]', 'folder with the image', fileURLToPath(new URL('../../dist', import.meta.url)))
    .option('--key <file>', 'public key that must have signed it (default: bulkhead.pub in its folder)')
    .option('--json', 'print the links as JSON')
    .action(async (folder: string, options: { key?: string; json?: boolean }, command: Command) => {
      const links = await verifyChain(folder, { publicKey: options.key, vm: pathsOf(command) });
      const ok = links.every((link) => link.ok);
      process.stdout.write(
        options.json ? `${JSON.stringify({ ok, links }, undefined, 2)}\n` : formatChain(links),
      );
      if (!ok) session.exitCode = EXIT.failed;
    });
}

/** A line for each link, and the verdict. */
export function formatChain(links: readonly Link[]): string {
  const width = Math.max(...links.map(({ name }) => name.length));
  const lines = links.map(({ name, ok, detail }) =>
    printable(`${ok ? 'ok    ' : 'BROKEN'}  ${name.padEnd(width)}  ${detail}`),
  );
  const broken = links.filter(({ ok }) => !ok).map(({ name }) => name);
  const verdict =
    broken.length === 0
      ? 'The chain holds.'
      : `The chain is broken at: ${broken.join(', ')}. Do not start this image.`;
  return `${[...lines, '', verdict].join('\n')}\n`;
}
