import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Authority, openAuthority } from '../../certificates/authority.ts';
import { CERTIFICATE_FILES } from '../../certificates/files.ts';
import { describeCertificate, type IssuedCertificate, loadIssued } from '../../certificates/issued.ts';
import { HostError } from '../../errors.ts';
import type { MachinePaths } from '../../machine/paths.ts';

/** The authority of a VM that has been started once. @throws {HostError} `certificate-missing` */
export async function authorityOf(paths: MachinePaths): Promise<Authority> {
  if (!existsSync(join(paths.authority, CERTIFICATE_FILES.ca)))
    throw new HostError('certificate-missing', `the VM ${paths.name} was never started: it has no authority`);
  return openAuthority(paths.authority, { name: paths.name });
}

/** The certificate that this machine's docker context shows; undefined while there is none. */
export async function ownCertificate(paths: MachinePaths): Promise<IssuedCertificate | undefined> {
  const path = join(paths.authority, CERTIFICATE_FILES.certificate);
  if (!existsSync(path)) return undefined;
  return describeCertificate(await readFile(path, 'utf8'), { name: 'admin', role: 'admin' });
}

/** All certificates that are known here: this machine's own first. @throws {HostError} `state-damaged` */
export async function knownCertificates(paths: MachinePaths): Promise<IssuedCertificate[]> {
  const own = await ownCertificate(paths);
  return [...(own === undefined ? [] : [own]), ...(await loadIssued(paths.authority))];
}
