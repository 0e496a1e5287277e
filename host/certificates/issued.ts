import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import * as z from '../../policy/zod.ts';
import { loadJson, saveJson } from '../machine/store.ts';

/** A client certificate of one VM: what a person needs to know of it. The certificate itself is not kept. */
export const issuedCertificate = z.strictObject({
  /** Its common name. */
  name: z.string(),
  role: z.enum(['admin', 'user']),
  /** SHA-256, lower-case hexadecimal. */
  fingerprint: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
  issued: z.iso.datetime(),
  expires: z.iso.datetime(),
});
export type IssuedCertificate = z.infer<typeof issuedCertificate>;

const record = z.strictObject({ format: z.literal(1), certificates: z.array(issuedCertificate) });

const fileIn = (directory: string): string => join(directory, 'issued.json');

/** @param directory of the VM's authority @throws {HostError} `state-damaged` */
export async function loadIssued(directory: string): Promise<IssuedCertificate[]> {
  return (await loadJson(fileIn(directory), record))?.certificates ?? [];
}

export async function rememberIssued(directory: string, certificate: IssuedCertificate): Promise<void> {
  const certificates = [...(await loadIssued(directory)), certificate];
  await saveJson(fileIn(directory), { format: 1, certificates });
}

/** @param pem of a client's certificate, as `issueClient` made it */
export function describeCertificate(
  pem: string,
  { name, role }: Pick<IssuedCertificate, 'name' | 'role'>,
): IssuedCertificate {
  const certificate = new X509Certificate(pem);
  return {
    name,
    role,
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    issued: new Date(certificate.validFrom).toISOString(), // Node 20 has no validFromDate
    expires: new Date(certificate.validTo).toISOString(),
  };
}
