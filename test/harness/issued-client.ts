import { X509Certificate } from 'node:crypto';
import { openAuthority } from '../../host/certificates/authority.ts';
import type { ClientRole } from '../../host/certificates/issue.ts';
import { EngineClient } from '../../host/engine/client.ts';
import { engineEndpoint } from '../../host/engine/connect.ts';
import type { TestVm } from './vm.ts';

/** A client certificate beside the docker command's own. */
export interface IssuedClient {
  cert: string;
  key: string;
  /** SHA-256, hexadecimal, as it is revoked by. */
  fingerprint: string;
}

/** As `bulkhead certificate issue`. */
export async function issueClient(
  vm: TestVm,
  name: string,
  role: ClientRole = 'admin',
): Promise<IssuedClient> {
  const authority = await openAuthority(vm.paths.authority, { name: vm.name });
  const { certificate: cert, key } = await authority.issueClient(name, role);
  const fingerprint = new X509Certificate(cert).fingerprint256.replaceAll(':', '').toLowerCase();
  return { cert, key, fingerprint };
}

/** The engine of a VM, asked with that certificate. */
export async function engineAs({ cert, key }: IssuedClient, vm: TestVm): Promise<EngineClient> {
  return new EngineClient({ ...(await engineEndpoint(vm.paths, await vm.port())), cert, key });
}
