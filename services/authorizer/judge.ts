import type { RequestPolicy } from '../../policy/runtime/api.ts';
import { shown } from '../warden/decision/refusal.ts';
import { Denied } from './denial.ts';
import { type Endpoint, endpointsFor } from './endpoints.ts';
import type { Identity } from './identity.ts';
import type { ApiRequest } from './request.ts';
import { readTarget } from './target.ts';

/**
 * Whether dockerd may do what a client asks. Pure.
 * @throws Denied, or Refused where the runtime layer would refuse the same
 */
export function judge(request: ApiRequest, identity: Identity, policy: RequestPolicy): void {
  if (policy.revoked.includes(identity.fingerprint))
    throw new Denied('identity', `the certificate of ${shown(identity.name)} has been revoked`);
  const { method, uri, headers, body } = request;
  const target = readTarget(uri);
  const matching = endpointsFor(method, target.path);
  const what = `${shown(method)} ${shown(target.path)}`;
  if (matching.length === 0)
    throw new Denied('endpoint', `${what} is no endpoint that the authorization knows`);
  for (const endpoint of matching) mayUse(endpoint, identity, what);
  for (const { check } of matching) check?.({ identity, target, headers, body, policy });
}

function mayUse({ who }: Endpoint, { name, role }: Identity, what: string): void {
  if (who === 'nobody') throw new Denied('not-offered', `${what} is not offered`);
  if (who === 'administrators' && role !== 'admin')
    throw new Denied('role', `${what} is for administrators; ${shown(name)} is not one`);
}
