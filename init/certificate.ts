import { createHash, X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { HOST_AUTHORITY_FILE, INNER_AUTHORITY_FILE } from '../policy/runtime/inner.ts';
import { TLS_FOLDER } from '../services/dockerd/configuration.ts';

/**
 * The exchange of this boot's TLS key for a certificate: the request is offered once the key is made, the
 * certificate that the launcher's CA gave for it is taken once.
 */
export class CertificateExchange {
  #request: string | undefined;
  #installed: ((fingerprint: string) => void) | undefined;
  #taken = false;
  /** Settles when a certificate is there; its SHA-256 fingerprint. */
  readonly installed: Promise<string> = new Promise((resolve) => {
    this.#installed = resolve;
  });

  /** PEM; undefined while the key is being made. */
  get request(): string | undefined {
    return this.#request;
  }

  get taken(): boolean {
    return this.#taken;
  }

  offer(request: string): void {
    this.#request = request;
  }

  /**
   * Writes both files where dockerd reads them. The channel has checked that they fit the request.
   * @returns the certificate's SHA-256 fingerprint, hexadecimal
   */
  take(certificate: string, authority: string): string {
    this.#taken = true;
    mkdirSync(TLS_FOLDER, { recursive: true, mode: 0o700 });
    // dockerd takes clients of both; the authorizer tells them apart
    writeWhole(
      `${TLS_FOLDER}/ca.pem`,
      `${authority.trimEnd()}\n${readFileSync(INNER_AUTHORITY_FILE, 'utf8')}`,
    );
    writeFileSync(HOST_AUTHORITY_FILE, authority, { mode: 0o644 });
    writeWhole(`${TLS_FOLDER}/cert.pem`, certificate);
    const fingerprint = createHash('sha256').update(new X509Certificate(certificate).raw).digest('hex');
    this.#installed?.(fingerprint);
    return fingerprint;
  }
}

function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
