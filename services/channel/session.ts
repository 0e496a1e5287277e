import * as z from '../../policy/zod.ts';
import { checkCertificate } from './certificate.ts';
import {
  isMethodName,
  methods,
  PROTOCOL_VERSION,
  type Request,
  type Response,
  RPC,
  type RpcError,
  request,
} from './protocol/methods.ts';
import { renderSubmission } from './submission.ts';

/** Requests that may wait for an answer at once; more are refused. */
export const MAX_PENDING = 16;

/** What to do about a message of the host. */
export type Decision = { do: 'forward'; request: Request } | { do: 'answer'; response: Response };

/**
 * The border to the host: every message is parsed here, by a strict schema, or refused. Knows no effects; what
 * passes goes to PID 1 unchanged.
 */
export class Session {
  readonly #now: () => Date;
  #name: string | undefined;
  #pending = new Map<string, string>();
  #certificateRequest: string | undefined;

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** A new host end, or none: it has to say hello again. */
  reset(): void {
    this.#name = undefined;
    this.#pending.clear();
  }

  fromHost(value: unknown): Decision {
    const parsed = request.safeParse(value);
    if (!parsed.success) return refuse(null, RPC.invalidRequest, problem(parsed.error));
    const { id, method, params } = parsed.data;
    if (!isMethodName(method)) return refuse(id, RPC.unknownMethod, `there is no method ${method}`);
    const checked = methods[method].params.safeParse(params);
    if (!checked.success) return refuse(id, RPC.invalidParams, `${method}: ${problem(checked.error)}`);
    if (method === 'hello') {
      const wrong = this.#hello(id, (checked.data as { protocol: number }).protocol);
      if (wrong !== undefined) return wrong;
    }
    return this.#admit({ ...parsed.data, params: checked.data });
  }

  /** @returns whether the host still waits for this answer of PID 1. */
  toHost(response: Response): boolean {
    if (response.id === null) return false;
    const method = this.#pending.get(response.id);
    this.#pending.delete(response.id);
    if (method === 'certificate.request' && 'result' in response) {
      const made = methods['certificate.request'].result.safeParse(response.result);
      if (made.success) this.#certificateRequest = made.data.request;
    }
    return method !== undefined;
  }

  #hello(id: string, protocol: number): Decision | undefined {
    if (protocol !== PROTOCOL_VERSION) {
      const hint = 'Use launcher and image of one release.';
      const message = `the VM speaks protocol ${PROTOCOL_VERSION}, the host ${protocol}`;
      return refuse(id, RPC.refused, message, { code: 'protocol-version', hint });
    }
    this.#name = sessionOf(id);
    return undefined;
  }

  #admit(admitted: Request): Decision {
    const { id, method, params } = admitted;
    if (this.#name === undefined || this.#name !== sessionOf(id)) {
      return refuse(id, RPC.refused, 'the first message of a session is hello', { code: 'hello-first' });
    }
    if (this.#pending.has(id)) return refuse(id, RPC.invalidRequest, `id ${id} is in use`);
    if (this.#pending.size >= MAX_PENDING) {
      return refuse(id, RPC.refused, `${MAX_PENDING} requests wait already`, { code: 'busy' });
    }
    if (method === 'certificate.install') {
      const wrong = checkCertificate(params, this.#certificateRequest, this.#now());
      if (wrong !== undefined) return refuse(id, RPC.refused, wrong, { code: 'certificate' });
    }
    this.#pending.set(id, method);
    if (method !== 'settings.submit') return { do: 'forward', request: admitted };
    return { do: 'forward', request: { ...admitted, params: renderSubmission(params) } };
  }
}

/** The part of an id before its last colon names the host's session. */
function sessionOf(id: string): string {
  return id.slice(0, Math.max(0, id.lastIndexOf(':')));
}

function problem(error: z.core.$ZodError): string {
  return z.prettifyError(error).replace(/\s+/g, ' ').slice(0, 500);
}

function refuse(id: string | null, code: number, message: string, data?: RpcError['data']): Decision {
  const error: RpcError = data === undefined ? { code, message } : { code, message, data };
  return { do: 'answer', response: { jsonrpc: '2.0', id, error } };
}
