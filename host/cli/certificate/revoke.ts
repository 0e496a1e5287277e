import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { CERTIFICATE_FILES } from '../../certificates/files.ts';
import { contextProblem, writeContext } from '../../docker/context.ts';
import { HostError } from '../../errors.ts';
import { requireRunning } from '../../machine/record.ts';
import { askVm } from '../../settings/ask.ts';
import { nameArgument, pathsOf, type Session } from '../session.ts';
import { authorityOf, knownCertificates, ownCertificate } from './clients.ts';

export function addRevoke(certificate: Command, session: Session): Command {
  return certificate
    .command('revoke')
    .description('make a certificate worthless, at once and for good; the VM must run')
    .argument('<client>', 'its name (all certificates of that name), or the sha256 of one')
    .option('--disconnect', 'end connections that are open: the engine is started again, containers go on')
    .action(async (client: string, options: { disconnect?: boolean }, command: Command) => {
      const paths = pathsOf(command);
      const { port } = await requireRunning(paths);
      const known = await knownCertificates(paths);
      const fingerprints = fingerprintsOf(client, known);
      if (fingerprints.length === 0)
        throw new HostError('certificate-missing', `no certificate of ${client} is known here`, {
          hint: `see \`bulkhead${nameArgument(paths.name)} certificate list\`; any certificate can be revoked by its sha256`,
        });
      const own = await ownCertificate(paths);
      const params = { fingerprints, disconnect: options.disconnect === true };
      await askVm(paths, 'certificates.revoke', params, session.signal);
      for (const fingerprint of fingerprints) process.stdout.write(`${fingerprint} is no longer good\n`);
      if (own === undefined || !fingerprints.includes(own.fingerprint)) return;
      for (const file of [CERTIFICATE_FILES.certificate, CERTIFICATE_FILES.key])
        await rm(join(paths.authority, file), { force: true });
      const authority = await authorityOf(paths);
      if ((await contextProblem(paths, port)) === undefined) await writeContext(paths, port, authority);
      process.stdout.write("it was this machine's own: there is a new one, and the docker context has it\n");
    });
}

/** @returns none when nothing of that name is known */
export function fingerprintsOf(
  client: string,
  known: readonly { name: string; fingerprint: string }[],
): string[] {
  const plain = client.replaceAll(':', '').toLowerCase();
  if (/^[0-9a-f]{64}$/.test(plain)) return [plain];
  return known.filter(({ name }) => name === client).map(({ fingerprint }) => fingerprint);
}
