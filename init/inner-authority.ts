import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { issueAuthority, issueClient } from '../policy/certificates/issue.ts';
import {
  AUTHORIZER_KEY_FILE,
  AUTHORIZER_SUBJECT,
  INNER_AUTHORITY,
  INNER_AUTHORITY_FILE,
  INNER_KEY_FILE,
  KEYS_FOLDER,
} from '../policy/runtime/inner.ts';
import { AUTHORIZER_UID } from '../services/authorizer/definition.ts';
import { SOCKETS_UID } from '../services/sockets/definition.ts';

/**
 * Makes this boot's own authority: of the authorizer, and of containers that may ask the engine. Its key is in memory
 * (tmpfs), and readable by the service that certifies containers only; what it certifies can be no admin and no user.
 */
export function makeInnerAuthority(): void {
  const now = Date.now();
  const { certificate, key, issuer } = issueAuthority(INNER_AUTHORITY, randomBytes(16), now);
  const own = issueClient(issuer, AUTHORIZER_SUBJECT, randomBytes(16), now);
  mkdirSync(dirname(INNER_AUTHORITY_FILE), { recursive: true, mode: 0o755 });
  writeFileSync(INNER_AUTHORITY_FILE, certificate, { mode: 0o644 });
  mkdirSync(KEYS_FOLDER, { recursive: true, mode: 0o711 });
  chmodSync(KEYS_FOLDER, 0o711);
  handOver(AUTHORIZER_KEY_FILE, own.certificate + own.key, AUTHORIZER_UID);
  handOver(INNER_KEY_FILE, key, SOCKETS_UID);
}

function handOver(path: string, text: string, uid: number): void {
  writeFileSync(path, text, { mode: 0o400, flag: 'wx' });
  chownSync(path, uid, uid);
}
