import type { RequestPolicy } from '../../policy/runtime/api.ts';
import { Denied } from './denial.ts';
import { Fields } from './fields.ts';
import type { Identity } from './identity.ts';
import type { Known } from './known.ts';
import type { Target } from './target.ts';

/** What dockerd asks about: a request that it has read, and will do if it may. */
export interface ApiRequest {
  method: string;
  /** As the client wrote it: `/v1.45/containers/create?name=x`. */
  uri: string;
  /** Without credentials; of several with one name, the last. */
  headers: Readonly<Record<string, string>>;
  /** Only if the first Content-Type is application/json, and if it is smaller than 1 MiB. */
  body: Buffer;
  /** PEM in base64, the client's own first. */
  certificates: readonly string[];
}

/** What a check looks at. */
export interface Asked {
  identity: Identity;
  target: Target;
  headers: Readonly<Record<string, string>>;
  body: Buffer;
  policy: RequestPolicy;
  known: Known;
}

/** @throws Denied when the request must not be done */
export type Check = (asked: Asked) => void;

/**
 * The body of a request that cannot be judged without it. dockerd hands over none that is not application/json or that has
 * 1 MiB and more, and would still act on it (CVE-2024-41110, CVE-2026-34040): then there is none here.
 * @throws Denied (body)
 */
export function bodyOf({ body, headers }: Asked): Fields {
  const length = header(headers, 'Content-Length');
  if (body.length === 0)
    throw new Denied(
      'body',
      'the body did not get to the authorization: it must be application/json, below 1 MiB, and not empty',
    );
  if (length !== undefined && length !== String(body.length))
    throw new Denied('body', `the body has ${body.length} bytes and not ${length}, as Content-Length says`);
  return Fields.read(body);
}

/**
 * Where the query decides: dockerd would prefer a form in the body to it (net/http, Request.ParseForm), and a body that is
 * a form is not handed over.
 * @throws Denied (body) unless it is certain that there is none
 */
export function mustHaveNoBody({ body, headers }: Asked): void {
  if (body.length > 0 || header(headers, 'Content-Length') !== '0')
    throw new Denied('body', 'this request must have no body, and must say so: Content-Length: 0');
}

function header(headers: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.entries(headers).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}
