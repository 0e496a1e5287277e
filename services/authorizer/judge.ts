import type { RequestPolicy } from '../../policy/runtime/api.ts';
import { shown } from '../warden/decision/refusal.ts';
import { judgeContainer } from './checks/socket.ts';
import { Denied } from './denial.ts';
import { type Endpoint, endpointsFor } from './endpoints.ts';
import type { Identity } from './identity.ts';
import type { Known } from './known.ts';
import type { ApiRequest } from './request.ts';
import { readTarget } from './target.ts';

/**
 * Whether dockerd may do what a client asks. Pure.
 * @param known what was asked of the engine for this request
 * @throws Denied, or Refused where the runtime layer would refuse the same; Unanswered where more must be known
 */
export function judge(request: ApiRequest, identity: Identity, policy: RequestPolicy, known: Known): void {
  if (policy.revoked.includes(identity.fingerprint))
    throw new Denied('identity', `the certificate of ${shown(identity.name)} has been revoked`);
  const { method, uri, headers, body } = request;
  const target = readTarget(uri);
  const matching = endpointsFor(method, target.path);
  const what = `${shown(method)} ${shown(target.path)}`;
  if (matching.length === 0)
    throw new Denied('endpoint', `${what} is no endpoint that the authorization knows`);
  for (const endpoint of matching) mayUse(endpoint, identity, what);
  if (identity.role === 'container')
    judgeContainer({ id: identity.name, uri, rows: matching }, policy, known);
  for (const { check } of matching) check?.({ identity, target, headers, body, policy, known });
}

/** What the authorizer itself asks for; engine.ts. */
const ownPaths = ['/images/json', '/images/{name:.*}/json', '/containers/json'];

function mayUse({ who, method, path }: Endpoint, { name, role }: Identity, what: string): void {
  if (who === 'nobody') throw new Denied('not-offered', `${what} is not offered`);
  if (role === 'authorizer' && !(method === 'GET' && ownPaths.includes(path)))
    throw new Denied('role', `${what} is not for the authorizer`);
  if (who === 'administrators' && role !== 'admin')
    throw new Denied('role', `${what} is for administrators; ${shown(name)} is not one`);
}
