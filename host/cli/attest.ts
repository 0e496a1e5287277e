import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Statement } from '../../policy/attestation/statement.ts';
import {
  AttestationError,
  type Difference,
  differences,
  verifyStatement,
} from '../../policy/attestation/verify.ts';
import { CERTIFICATE_FILES } from '../certificates/files.ts';
import { HostError } from '../errors.ts';
import { readImage } from '../machine/image.ts';
import { requireRunning } from '../machine/record.ts';
import { printable } from '../machine/tail.ts';
import { askVm } from '../settings/ask.ts';
import { readNamed } from '../settings/files.ts';
import { EXIT } from './exit-codes.ts';
import { pathsOf, type Session } from './session.ts';

interface Options {
  image?: string;
  key?: string;
  json?: boolean;
}

export function addAttest(program: Command, session: Session): Command {
  return program
    .command('attest')
    .description('ask the VM what it runs, and compare it with a released image; 0 when it is that')
    .option('--image <dir>', 'folder with the released image (default: the one that the VM was started from)')
    .option('--key <file>', 'public key that must have signed it (default: bulkhead.pub in its folder)')
    .option('--json', 'print it as JSON')
    .action(async (options: Options, command: Command) => {
      const paths = pathsOf(command);
      const { image } = await requireRunning(paths);
      const released = await readImage(options.image ?? image, {
        publicKey: options.key,
        signal: session.signal,
      });
      const authority = (await readNamed(join(paths.authority, CERTIFICATE_FILES.ca))).toString('utf8');
      const nonce = randomBytes(32).toString('hex');
      const signed = await askVm(paths, 'attest', { nonce }, session.signal);
      const said = verified(() => verifyStatement(signed, authority, nonce));
      const found = differences(said, released.manifest);
      process.stdout.write(
        options.json
          ? `${JSON.stringify({ ok: found.length === 0, statement: said, differences: found }, undefined, 2)}\n`
          : formatAttestation(said, found),
      );
      if (found.length > 0) session.exitCode = EXIT.failed;
    });
}

export function formatAttestation(said: Statement, found: readonly Difference[]): string {
  const { mode, organization, serial } = said.policy;
  const whose = organization === undefined ? mode : `${mode} by ${organization}, serial ${serial}`;
  const lines =
    found.length === 0
      ? [`pass: this VM says that it runs ${said.version} (${said.signing}), as released`]
      : ['FAIL: this VM does not run what was released', ...found.map(describe)];
  return `${[
    ...lines,
    `  settings: ${whose}; digest ${said.policy.digest}`,
    `  boot: ${said.bootId}, signed with the key that this launcher certified`,
  ]
    .map(printable)
    .join('\n')}\n`;
}

function describe({ what, said, released }: Difference): string {
  return `  ${what}: the VM says ${JSON.stringify(said)}, the release ${JSON.stringify(released)}`;
}

function verified<T>(verify: () => T): T {
  try {
    return verify();
  } catch (cause) {
    if (!(cause instanceof AttestationError)) throw cause;
    throw new HostError('attestation-failed', `${cause.message} (${cause.code})`, { cause });
  }
}
