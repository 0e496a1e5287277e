import type { RequestPolicy } from '../../policy/runtime/api.ts';
import { Refused, shown } from '../warden/decision/refusal.ts';
import { Denied, explainDenial } from './denial.ts';
import { identify } from './identity.ts';
import { judge } from './judge.ts';
import { type Answer, decodeRequest } from './protocol.ts';

/** One line for each refusal: who asked for what, and which rule and setting refused it. PID 1 puts it into the log. */
export interface AuditEntry {
  /** `admin build` — a role and the certificate's name —, or `nobody`. */
  who: string;
  what: string;
  rule: string;
  setting?: string;
  msg: string;
}

/** Answers dockerd, one request at a time. */
export class Authorizer {
  readonly #policy: () => RequestPolicy;
  readonly #audit: (entry: AuditEntry) => void;

  /** @param policy as of now @param audit told of each refusal */
  constructor(policy: () => RequestPolicy, audit: (entry: AuditEntry) => void) {
    this.#policy = policy;
    this.#audit = audit;
  }

  /** @param text what dockerd sent. Never throws: what cannot be decided is refused. */
  answer(text: string): Answer {
    const asked = { who: 'nobody', what: 'a request that cannot be read' };
    try {
      const request = decodeRequest(text);
      asked.what = `${shown(request.method)} ${shown(request.uri)}`;
      const identity = identify(request.certificates);
      asked.who = `${identity.role} ${shown(identity.name)}`;
      judge(request, identity, this.#policy());
      return { Allow: true };
    } catch (error) {
      return { Allow: false, Msg: this.#refuse(error, asked) };
    }
  }

  #refuse(error: unknown, asked: { who: string; what: string }): string {
    if (!(error instanceof Denied) && !(error instanceof Refused)) {
      const why = error instanceof Error ? error.message : String(error);
      this.#audit({ ...asked, rule: 'undecided', msg: `refused, as it cannot be decided: ${why}` });
      return `the request cannot be decided: ${shown(why)}`;
    }
    const { rule, setting } = error;
    const message = explainDenial(error, this.#standings());
    this.#audit({ ...asked, rule, ...(setting !== undefined && { setting }), msg: `refused: ${message}` });
    return message;
  }

  #standings(): RequestPolicy['standings'] {
    try {
      return this.#policy().standings;
    } catch {
      return {}; // refused before it was needed; what is built in is what counts then
    }
  }
}
