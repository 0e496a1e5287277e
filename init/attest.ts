import { createHash, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Statement, signedText } from '../policy/attestation/statement.ts';
import type { Result } from '../services/channel/protocol/methods.ts';
import { TLS_FOLDER } from '../services/dockerd/configuration.ts';
import { builtIn } from './built-in.ts';
import { Refusal } from './channel/answer.ts';
import type { Machine } from './machine.ts';
import { EXECUTABLES_MANIFEST } from './phases/executables.ts';

/** Says what this VM runs, signed with the key of its certificate. */
export function attest({ settings, certificate }: Machine, bootId: string, nonce: string): Result<'attest'> {
  const { policy, digest } = settings;
  if (policy === undefined || digest === undefined || !certificate.taken)
    throw new Refusal('notYet', 'settings and certificate of this boot are not there yet');
  const { mode, organization, serial } = policy;
  const statement: Statement = {
    format: 1,
    nonce,
    bootId,
    version: builtIn.version,
    signing: builtIn.signing,
    flavour: builtIn.flavour,
    kernel: readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim(),
    commandLine: readFileSync('/proc/cmdline', 'utf8').trim(),
    executables: createHash('sha256').update(readFileSync(EXECUTABLES_MANIFEST)).digest('hex'),
    policy: {
      mode,
      digest,
      ...(organization !== undefined && { organization }),
      ...(serial !== undefined && { serial }),
    },
  };
  const text = JSON.stringify(statement);
  const key = readFileSync(`${TLS_FOLDER}/key.pem`, 'utf8');
  return {
    text,
    signature: sign('sha256', signedText(text), key).toString('base64'),
    certificate: readFileSync(`${TLS_FOLDER}/cert.pem`, 'utf8'),
  };
}
