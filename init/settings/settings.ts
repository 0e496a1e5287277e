import { createHash } from 'node:crypto';
import { judge, type SignedDocument, type Trust, type Verdict } from '../../policy/settings/acceptance.ts';
import { changes, type PolicyChange } from '../../policy/settings/change.ts';
import type { SettingsDocument } from '../../policy/settings/document.ts';
import { type EffectivePolicy, policyText } from '../../policy/settings/effective.ts';
import { mergeSettings } from '../../policy/settings/merge.ts';
import type { SettingsNote } from '../../services/channel/protocol/methods.ts';
import { type EngineSettings, plainEngine } from '../../services/dockerd/configuration.ts';
import { Revocations } from '../state/revocations.ts';
import type { StateStore } from '../state/store.ts';
import { decideBoot, recordAfter, type Submission, trustOf } from './decide.ts';
import { engineSettingsOf, ordersOf } from './derive.ts';
import { writeOrders } from './orders.ts';
import { EMPTY_RECORD, parseRecord, type SettingsRecord } from './record.ts';

/** What would become of a signed document now, or why it is not taken. */
export type Plan =
  | { verdict: Extract<Verdict, { accepted: false }> }
  | {
      verdict: Extract<Verdict, { accepted: true }>;
      document: SignedDocument;
      policy: EffectivePolicy;
      changes: PolicyChange[];
    };

/** The settings in force in this boot: sealed once, then changed only by a document with a higher serial. */
export class Settings {
  readonly #store: StateStore;
  readonly #builtIn: Trust | undefined;
  #record: SettingsRecord = EMPTY_RECORD;
  #submission: Submission | undefined;
  #inForce: { policy: EffectivePolicy; notes: readonly SettingsNote[] } | undefined;
  #said: (() => void) | undefined;
  /** Settles when the launcher has said what it has to say of settings. */
  readonly submitted: Promise<void> = new Promise((resolve) => {
    this.#said = resolve;
  });
  #isSealed: (() => void) | undefined;
  /** Settles when the settings of this boot are in force. */
  readonly sealed: Promise<void> = new Promise((resolve) => {
    this.#isSealed = resolve;
  });
  #engine: EngineSettings = plainEngine;
  readonly #revocations: Revocations;

  /** @param builtIn whose documents count on every machine with this image */
  constructor(store: StateStore, builtIn: Trust | undefined) {
    this.#store = store;
    this.#revocations = new Revocations(store);
    this.#builtIn = builtIn;
  }

  /** What dockerd is told. */
  get engine(): EngineSettings {
    return this.#engine;
  }

  /** Undefined until they are sealed. */
  get policy(): EffectivePolicy | undefined {
    return this.#inForce?.policy;
  }

  get notes(): readonly SettingsNote[] {
    return this.#inForce?.notes ?? [];
  }

  /** SHA-256 of the policy's text; undefined until it is sealed. */
  get digest(): string | undefined {
    return this.policy && createHash('sha256').update(policyText(this.policy)).digest('hex');
  }

  get trust(): Trust | undefined {
    return trustOf(this.#record, this.#builtIn);
  }

  /** @returns false when it comes too late, or is not the first */
  submit(submission: Submission): boolean {
    if (this.#submission !== undefined || this.#inForce !== undefined) return false;
    this.#submission = submission;
    this.#said?.();
    return true;
  }

  /**
   * Puts this boot's settings in force. @throws {BootError} `state-disk-damaged`
   * @returns what a person should read
   */
  seal(now: Date): readonly SettingsNote[] {
    this.#revocations.load();
    const before = parseRecord(this.#store.read('settings.json'));
    const { policy, record, notes } = decideBoot({
      record: before,
      builtIn: this.#builtIn,
      submission: this.#submission,
      now,
    });
    this.#record = before;
    if (record !== before) this.#remember(record);
    this.#enforce(policy, notes);
    return notes;
  }

  /** What a document would change. Effect-free. @throws {TypeError} before the settings are sealed */
  plan(document: SignedDocument, now: Date): Plan {
    if (this.#inForce === undefined) throw new TypeError('the settings are not sealed yet');
    const { allowedOrganizations = [] } = this.#submission ?? {};
    const verdict = judge(document, {
      trust: this.trust,
      sealed: this.#record.sealed,
      allowedOrganizations,
      now,
    });
    if (!verdict.accepted) return { verdict };
    const policy = mergeSettings({ admin: verdict.document, user: this.#user, required: true });
    return { verdict, document, policy, changes: changes(this.#inForce.policy, policy) };
  }

  /** Puts a planned document in force, first on the disk: a lock that was seen is never forgotten. */
  adopt({ verdict, document, policy }: Extract<Plan, { document: SignedDocument }>): void {
    this.#remember(recordAfter(this.#record, document, verdict, this.trust));
    const notes = verdict.document.warnings.map(({ message, place }) => ({
      level: 'warn' as const,
      message: `settings, line ${place?.line ?? '?'}: ${message}`,
    }));
    this.#enforce(policy, notes);
  }

  /** @returns why not; undefined when from now on documents of `trust` count */
  enroll(trust: Trust): string | undefined {
    const present = this.trust;
    if (present !== undefined) {
      const same = present.organization === trust.organization && present.keys.includes(trust.keys[0] ?? '');
      return same ? undefined : `this machine belongs to ${present.organization} already`;
    }
    this.#remember({
      ...this.#record,
      enrolled: { organization: trust.organization, keys: [...trust.keys] },
    });
    return undefined;
  }

  /** Client certificates that are no longer good, by SHA-256. */
  get revoked(): readonly string[] {
    return this.#revocations.list;
  }

  /**
   * First on the disk, then in force: from the next request on. @returns false when there are too many
   * @throws {TypeError} before the settings are sealed
   */
  revoke(fingerprints: readonly string[]): boolean {
    if (this.#inForce === undefined) throw new TypeError('the settings are not sealed yet');
    if (!this.#revocations.add(fingerprints)) return false;
    writeOrders(ordersOf(this.#inForce.policy, this.#revocations.list));
    return true;
  }

  get #user(): SettingsDocument | undefined {
    return this.#submission?.user;
  }

  #remember(record: SettingsRecord): void {
    this.#store.write('settings.json', JSON.stringify(record));
    this.#record = record;
  }

  #enforce(policy: EffectivePolicy, notes: readonly SettingsNote[]): void {
    writeOrders(ordersOf(policy, this.#revocations.list));
    this.#engine = engineSettingsOf(policy);
    this.#inForce = { policy, notes };
    this.#isSealed?.();
  }
}
