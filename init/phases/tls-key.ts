import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { TLS_FOLDER } from '../../services/dockerd/configuration.ts';
import { runVerified } from '../executables/run.ts';
import { BootError } from '../failure.ts';
import { makeInnerAuthority } from '../inner-authority.ts';
import type { Phase } from '../phase.ts';

const OPENSSL = '/usr/bin/openssl';
const TIMEOUT_MS = 120_000;

/** Makes this boot's key for the engine's TLS listener, and an authority for what asks it from inside the VM. It lives in memory and never leaves the VM. */
export const tlsKey: Phase = {
  name: 'tls-key',
  needs: ['manifest', 'pseudo-file-systems'],
  onFailure: 'hold',
  async run({ executables, certificate }) {
    mkdirSync(TLS_FOLDER, { recursive: true, mode: 0o700 });
    chmodSync(TLS_FOLDER, 0o700);
    await executables.verify([OPENSSL], 1);
    const request = `${TLS_FOLDER}/request.pem`;
    const algorithm = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc'];
    const files = ['-keyout', `${TLS_FOLDER}/key.pem`, '-out', request, '-config', '/dev/null'];
    const { status, output } = await runVerified(
      executables,
      OPENSSL,
      ['req', '-new', ...algorithm, '-subj', '/CN=bulkhead', ...files],
      TIMEOUT_MS,
    );
    if (status !== 0)
      throw new BootError('tls-key-failed', `openssl ended with ${status}: ${output.slice(-200)}`);
    chmodSync(`${TLS_FOLDER}/key.pem`, 0o600);
    makeInnerAuthority();
    certificate.offer(readFileSync(request, 'utf8'));
    return 'P-256';
  },
};
