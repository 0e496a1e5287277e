import { describeStanding, type Standings } from '../../policy/runtime/standing.ts';
import type { Refused } from '../warden/decision/refusal.ts';

/**
 * All that the authorization of the engine's API refuses by itself, on one page: rule → the setting that governs it.
 * What it shares with the runtime layer is in services/warden/decision/refusal.ts.
 */
const settings = {
  /** No client certificate, one without a role, or one that was revoked. */
  identity: undefined,
  /** An endpoint that the table does not have, or a path that dockerd would not take as it is. */
  endpoint: undefined,
  /** The engine's own diagnostics, checkpoints: not offered. */
  'not-offered': undefined,
  /** A role that may not. */
  role: undefined,
  /** A body that could not be read, or that is not here to be read. */
  body: undefined,
  /** A member that this version of the engine does not have. */
  member: undefined,
  /** The engine's socket in a container. */
  'socket-mount': 'enhancedContainerIsolation.dockerSocketMount',
  /** What a container with a socket of the engine asks for. */
  'socket-command': 'enhancedContainerIsolation.dockerSocketMount',
  /** A privileged container, or exec. */
  privileged: 'bulkhead.privileged',
  /** A name of a runtime, or annotations that runtimes act on. */
  runtime: 'enhancedContainerIsolation',
  'volume-driver': 'enhancedContainerIsolation',
  devices: 'bulkhead.devices',
  'log-driver': undefined,
  plugins: 'bulkhead.plugins',
  swarm: 'bulkhead.swarm',
  'image-files': 'blockDockerLoad',
  'port-binding': 'portBindingBehavior',
} as const;

export type DenialRule = keyof typeof settings;

/** A request that is refused. The sentence is for the person who made it. */
export class Denied extends Error {
  override readonly name = 'Denied';
  readonly rule: DenialRule;
  /** Undefined: no setting changes it. */
  readonly setting: string | undefined;
  readonly sentence: string;

  constructor(rule: DenialRule, sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.rule = rule;
    this.setting = settings[rule];
    this.sentence = sentence;
  }
}

/** What a user reads: as the runtime layer says it, and plainly where no setting is behind it. */
export function explainDenial({ sentence, rule, setting }: Denied | Refused, standings: Standings): string {
  if (setting === undefined) return `${sentence} [rule ${rule}; always in force]`;
  // dockerSocketMount is a part of enhancedContainerIsolation, and locked with it
  const [whole = setting] = setting.startsWith('bulkhead.') ? [] : setting.split('.');
  const standing = describeStanding(standings[whole]);
  return `${sentence} [rule ${rule}; setting ${setting}, ${standing}]`;
}
