import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HostError, hasSystemCode } from '../errors.ts';
import { saveText } from '../machine/store.ts';
import { CERTIFICATE_FILES } from './files.ts';
import {
  type ClientRole,
  type Issuer,
  issueAuthority,
  issueClient,
  issueServer,
  ROLE_UNITS,
} from './issue.ts';
import { exportKey, generateKeys, importKey } from './keys.ts';
import * as x509 from './x509.ts';

const DAY = 24 * 3_600_000;
/** A client certificate is made anew when it has less time left than this. */
export const RENEW_BEFORE = 30 * DAY;

/** The certificate authority of one VM: only clients it certified reach that VM's engine. */
export interface Authority {
  /** PEM. */
  readonly certificate: string;
  readonly client: { readonly certificate: string; readonly key: string };
  /** A certificate for another client. @param name its common name, by which refusals and the log call it */
  issueClient(name: string, role: ClientRole): Promise<{ certificate: string; key: string }>;
  /** @param request PKCS#10 in PEM. @returns the certificate in PEM. @throws {HostError} `certificate-refused` */
  issueServer(request: string): Promise<string>;
}

/** Loads the authority in `directory` and the docker client's certificate, or makes what is missing or ending. */
export async function openAuthority(
  directory: string,
  options: { name: string; now?: () => Date },
): Promise<Authority> {
  const now = options.now ?? (() => new Date());
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const issuer = (await loadIssuer(directory)) ?? (await makeIssuer(directory, options.name, now()));
  const client = (await loadClient(directory, issuer, now())) ?? (await makeClient(directory, issuer, now()));
  return {
    certificate: pem(issuer.certificate),
    client,
    issueClient: (name, role) => newClient(issuer, now(), { name, role }),
    issueServer: async (request) => pem(await issueServer(issuer, request, now())),
  };
}

async function loadIssuer(directory: string): Promise<Issuer | undefined> {
  const [certificate, key] = await Promise.all([read(directory, 'ca'), read(directory, 'caKey')]);
  if (certificate === undefined && key === undefined) return undefined;
  try {
    if (certificate === undefined || key === undefined) throw new TypeError('certificate or key is missing');
    return { certificate: new x509.X509Certificate(certificate), key: await importKey(key) };
  } catch (error) {
    throw new HostError('certificate-unusable', `the certificate authority in ${directory} cannot be used`, {
      cause: error,
    });
  }
}

async function makeIssuer(directory: string, name: string, now: Date): Promise<Issuer> {
  const keys = await generateKeys();
  const certificate = await issueAuthority(name, keys, now);
  await saveText(join(directory, CERTIFICATE_FILES.caKey), await exportKey(keys.privateKey));
  await saveText(join(directory, CERTIFICATE_FILES.ca), pem(certificate));
  return { certificate, key: keys.privateKey };
}

async function loadClient(
  directory: string,
  issuer: Issuer,
  now: Date,
): Promise<Authority['client'] | undefined> {
  const [certificate, key] = await Promise.all([read(directory, 'certificate'), read(directory, 'key')]);
  if (certificate === undefined || key === undefined) return undefined;
  try {
    const parsed = new x509.X509Certificate(certificate);
    const lasts = parsed.notAfter.getTime() - now.getTime() > RENEW_BEFORE;
    const ours = await parsed.verify({ publicKey: issuer.certificate, date: now });
    // versions before there were roles made it without
    const hasRole = parsed.subjectName.getField('OU').includes(ROLE_UNITS.admin);
    return lasts && ours && hasRole ? { certificate, key } : undefined;
  } catch (error) {
    if (error instanceof Error) return undefined; // damaged: the authority is whole, so a new one is made
    throw error;
  }
}

async function makeClient(directory: string, issuer: Issuer, now: Date): Promise<Authority['client']> {
  const { certificate, key } = await newClient(issuer, now, { name: 'admin', role: 'admin' });
  await saveText(join(directory, CERTIFICATE_FILES.key), key);
  await saveText(join(directory, CERTIFICATE_FILES.certificate), certificate);
  return { certificate, key };
}

async function newClient(
  issuer: Issuer,
  now: Date,
  client: { name: string; role: ClientRole },
): Promise<Authority['client']> {
  const keys = await generateKeys();
  const certificate = pem(await issueClient(issuer, keys.publicKey, now, client));
  return { certificate, key: await exportKey(keys.privateKey) };
}

async function read(directory: string, file: keyof typeof CERTIFICATE_FILES): Promise<string | undefined> {
  try {
    return await readFile(join(directory, CERTIFICATE_FILES[file]), 'utf8');
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function pem(certificate: x509.X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}
