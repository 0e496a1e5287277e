import type { X509Certificate } from 'node:crypto';
import type { RequestPolicy } from '../../policy/runtime/api.ts';
import { Refused, shown } from '../warden/decision/refusal.ts';
import { Denied, explainDenial } from './denial.ts';
import { identify } from './identity.ts';
import { judge } from './judge.ts';
import { type Answers, Known, type Question, Unanswered } from './known.ts';
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

export interface Circumstances {
  /** As of now. @throws when it cannot be known: then nothing is allowed */
  policy(): RequestPolicy;
  /** The authority that lives in the VM. */
  authority(): X509Certificate;
  /** Asks the engine. */
  ask(question: Question): Promise<Answers[keyof Answers]>;
  /** Told of each refusal. */
  audit(entry: AuditEntry): void;
}

/** One request needs few answers; more than this is a mistake of ours, or somebody's attempt to keep us busy. */
const MOST_QUESTIONS = 64;

/** Answers dockerd, one request at a time. */
export class Authorizer {
  readonly #circumstances: Circumstances;

  constructor(circumstances: Circumstances) {
    this.#circumstances = circumstances;
  }

  /** @param text what dockerd sent. Never rejects: what cannot be decided is refused. */
  async answer(text: string): Promise<Answer> {
    const asked = { who: 'nobody', what: 'a request that cannot be read' };
    try {
      const request = decodeRequest(text);
      asked.what = `${shown(request.method)} ${shown(request.uri)}`;
      const identity = identify(request.certificates, () => this.#circumstances.authority());
      asked.who = `${identity.role} ${shown(identity.name)}`;
      await this.#judge((known) => judge(request, identity, this.#circumstances.policy(), known));
      return { Allow: true };
    } catch (error) {
      return { Allow: false, Msg: this.#refuse(error, asked) };
    }
  }

  /** The judgement is pure: it says what it must know, and begins anew when that is there. */
  async #judge(attempt: (known: Known) => void): Promise<void> {
    const known = new Known();
    for (let questions = 0; questions < MOST_QUESTIONS; questions++) {
      try {
        return attempt(known);
      } catch (error) {
        if (!(error instanceof Unanswered)) throw error;
        known.tell(error.question, await this.#circumstances.ask(error.question));
      }
    }
    throw new Error('it takes too many questions to the engine');
  }

  #refuse(error: unknown, asked: { who: string; what: string }): string {
    if (!(error instanceof Denied) && !(error instanceof Refused)) {
      const why = error instanceof Error ? error.message : String(error);
      this.#circumstances.audit({
        ...asked,
        rule: 'undecided',
        msg: `refused, as it cannot be decided: ${why}`,
      });
      return `the request cannot be decided: ${shown(why)}`;
    }
    const { rule, setting } = error;
    const message = explainDenial(error, this.#standings());
    this.#circumstances.audit({
      ...asked,
      rule,
      ...(setting !== undefined && { setting }),
      msg: `refused: ${message}`,
    });
    return message;
  }

  #standings(): RequestPolicy['standings'] {
    try {
      return this.#circumstances.policy().standings;
    } catch {
      return {}; // refused before it was needed; what is built in is what counts then
    }
  }
}
