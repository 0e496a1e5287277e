import { type RequestPolicy, strictRequestPolicy } from '../../policy/runtime/api.ts';
import { Refused } from '../warden/decision/refusal.ts';
import { Denied, explainDenial } from './denial.ts';
import type { Identity } from './identity.ts';
import { judge } from './judge.ts';
import { Known } from './known.ts';
import type { ApiRequest } from './request.ts';

export const admin: Identity = { name: 'admin', role: 'admin', fingerprint: 'a'.repeat(64) };
export const user: Identity = { name: 'ann', role: 'user', fingerprint: 'b'.repeat(64) };

/** A request as clients send it: a body is JSON, and says its length. */
export function request(what: string, body?: unknown, changes: Partial<ApiRequest> = {}): ApiRequest {
  const [method = '', uri = ''] = what.split(' ');
  const bytes = body === undefined ? Buffer.alloc(0) : Buffer.from(asText(body));
  return {
    method,
    uri,
    headers: { 'Content-Type': 'application/json', 'Content-Length': String(bytes.length) },
    body: bytes,
    certificates: [],
    ...changes,
  };
}

function asText(body: unknown): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}

/** What the client would read; `allowed` when nothing is refused. */
export function verdict(
  asked: ApiRequest,
  policy: Partial<RequestPolicy> = {},
  identity: Identity = admin,
  known = new Known(),
): string {
  try {
    judge(asked, identity, { ...strictRequestPolicy, ...policy }, known);
    return 'allowed';
  } catch (error) {
    if (error instanceof Denied || error instanceof Refused)
      return explainDenial(error, policy.standings ?? {});
    throw error;
  }
}
