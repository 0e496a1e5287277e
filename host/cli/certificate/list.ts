import type { Command } from 'commander';
import type { IssuedCertificate } from '../../certificates/issued.ts';
import { runningRecord } from '../../machine/record.ts';
import { askVm } from '../../settings/ask.ts';
import { pathsOf, type Session } from '../session.ts';
import { knownCertificates, ownCertificate } from './clients.ts';

type Standing = 'good' | 'expired' | 'revoked' | 'unknown';
type Row = IssuedCertificate & { standing: Standing; own: boolean };

export function addList(certificate: Command, session: Session): Command {
  return certificate
    .command('list')
    .description('certificates that were issued, and whether they are good')
    .option('--json', 'print them as JSON')
    .action(async (options: { json?: boolean }, command: Command) => {
      const paths = pathsOf(command);
      const own = await ownCertificate(paths);
      const runs = (await runningRecord(paths)) !== undefined;
      // the VM keeps the list that counts
      const revoked = runs
        ? (await askVm(paths, 'certificates.revoked', {}, session.signal)).revoked
        : undefined;
      const rows: Row[] = (await knownCertificates(paths)).map((each) => ({
        ...each,
        standing: standingOf(each, revoked, Date.now()),
        own: each.fingerprint === own?.fingerprint,
      }));
      process.stdout.write(
        options.json ? `${JSON.stringify(rows, undefined, 2)}\n` : rows.map(formatRow).join(''),
      );
      if (!runs && rows.length > 0 && !options.json)
        process.stderr.write('the VM does not run: what it has revoked is not known\n');
    });
}

/** @param revoked undefined while the VM cannot be asked @param now milliseconds since the epoch */
export function standingOf(
  { fingerprint, expires }: IssuedCertificate,
  revoked: readonly string[] | undefined,
  now: number,
): Standing {
  if (revoked?.includes(fingerprint)) return 'revoked';
  if (Date.parse(expires) < now) return 'expired';
  return revoked === undefined ? 'unknown' : 'good';
}

function formatRow({ name, role, standing, expires, fingerprint, own }: Row): string {
  const whose = own ? '  this machine’s docker context' : '';
  return `${name.padEnd(20)} ${role.padEnd(6)} ${standing.padEnd(8)} until ${expires.slice(0, 10)}  ${fingerprint}${whose}\n`;
}
