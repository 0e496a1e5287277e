import type { RuntimePolicy } from '../../policy/runtime/policy.ts';
import { decideCreate } from './decision/create.ts';
import { decideExec } from './decision/exec.ts';
import { explain, Refused } from './decision/refusal.ts';
import { readSpec, type Spec } from './decision/spec.ts';
import { decideUpdate } from './decision/update.ts';
import { asksForEngine, isBind, wishesOf } from './decision/wishes.ts';
import type { Fact, Plan, Request, Wish } from './messages.ts';
import type { Ranges } from './ranges.ts';
import {
  decodeFacts,
  decodeRequest,
  encodePass,
  encodePlan,
  encodeRefusal,
  encodeWishes,
  MessageReader,
} from './wire.ts';

/** What a decision depends on besides what the client says. */
export interface Circumstances {
  /** As of now. @throws when it cannot be known: then nothing is decided */
  policy(): RuntimePolicy;
  ranges: Ranges;
}

/** One client, from its request to the plan. It answers bytes with bytes, and has no other effect. */
export class Conversation {
  readonly #circumstances: Circumstances;
  readonly #reader = new MessageReader();
  #request: Request | undefined;
  #spec: Spec | undefined;
  #wishes: Wish[] | undefined;
  #facts: Fact[] | undefined;
  #base: number | undefined;
  #over = false;
  #socketFor: string | undefined;
  #policy: RuntimePolicy | undefined;

  constructor(circumstances: Circumstances) {
    this.#circumstances = circumstances;
  }

  /** What is being asked, for the log. */
  get subject(): string {
    return this.#request === undefined ? 'a client' : `${this.#request.verb} ${this.#request.id}`;
  }

  /**
   * @returns what to send; with `refusal` it was the last; with `socketFor`, once that container has a socket of the
   * engine, or a refusal if it gets none
   */
  hear(chunk: Buffer): { answers: Buffer[]; refusal?: string; socketFor?: string } {
    const answers: Buffer[] = [];
    try {
      if (this.#over) return { answers };
      for (const message of this.#reader.push(chunk)) answers.push(this.#answer(message));
      const socketFor = this.#socketFor;
      this.#socketFor = undefined;
      return { answers, ...(socketFor !== undefined && { socketFor }) };
    } catch (error) {
      this.#over = true;
      const refusal = this.#describe(error);
      return { answers: [...answers, encodeRefusal(refusal)], refusal };
    }
  }

  #describe(error: unknown): string {
    if (!(error instanceof Refused)) return error instanceof Error ? error.message : String(error);
    return explain(error, this.#policy?.standings ?? {});
  }

  /** The client has become crun, or has gone. */
  end(): void {
    this.#over = true;
    this.#release();
  }

  #answer(message: readonly Buffer[]): Buffer {
    if (this.#request === undefined) return this.#begin(decodeRequest(message));
    if (this.#spec === undefined || this.#wishes === undefined) throw new Error('the conversation is over');
    if (this.#facts === undefined) this.#facts = decodeFacts(message, this.#wishes.length);
    else if (message.length !== 1 || String(message[0]) !== 'busy')
      throw new Error('the client says something else than busy');
    return encodePlan(this.#plan(this.#request, this.#spec, this.#facts));
  }

  #begin(request: Request): Buffer {
    this.#request = request;
    const policy = this.#circumstances.policy();
    this.#policy = policy;
    if (request.verb === 'exec')
      return encodePlan({ base: 0, document: decideExec(request.document), operations: [] });
    if (request.verb === 'update')
      return encodePlan({ base: 0, document: decideUpdate(request.document, policy), operations: [] });
    if (!policy.isolation) return encodePass();
    this.#spec = readSpec(request.document);
    this.#wishes = wishesOf(this.#spec, request);
    const wanted = this.#spec.mounts.some((mount) => isBind(mount) && asksForEngine(mount, request.id));
    if (wanted && policy.sockets) this.#socketFor = request.id;
    return encodeWishes(this.#wishes);
  }

  #plan(request: Request, spec: Spec, facts: Fact[]): Plan {
    const { ranges } = this.#circumstances;
    const policy = this.#policy ?? this.#circumstances.policy();
    this.#release(); // when another container has the range that was planned with: take() gives a later one
    const base = ranges.take();
    if (base === undefined) throw new Error('all id ranges are in use');
    this.#base = base;
    return decideCreate({ request, spec, facts, base, policy });
  }

  #release(): void {
    if (this.#base !== undefined) this.#circumstances.ranges.release(this.#base);
    this.#base = undefined;
  }
}
