import { describeStanding, type Standings } from '../../../policy/runtime/standing.ts';

/**
 * All that the runtime layer refuses, on one page: rule → the setting that governs it.
 * The sentence comes from where it is refused.
 */
const settings = {
  /** The container's file cannot be read, or has a value that no engine writes. */
  document: 'enhancedContainerIsolation',
  /** A namespace of the VM, or of something that is no container. */
  namespaces: 'enhancedContainerIsolation',
  /** A bind mount's source, a kind of mount, or an option of it. */
  mounts: 'enhancedContainerIsolation',
  /** A volume that the local driver mounted from a device or a folder of the VM. */
  'volume-driver': 'enhancedContainerIsolation',
  /** A root that the engine did not mount for a container. */
  root: 'enhancedContainerIsolation',
  /** A user or group outside the range, a capability or limit without a name. */
  process: 'enhancedContainerIsolation',
  /** A working directory behind an open descriptor. */
  'working-directory': 'enhancedContainerIsolation',
  /** A kernel setting that is not the container's own. */
  sysctl: 'enhancedContainerIsolation',
  /** A filter that hands system calls to another process, or that cannot be understood. */
  seccomp: 'enhancedContainerIsolation',
  /** A program to be run outside the container. */
  hooks: 'enhancedContainerIsolation',
  /** A place outside the engine's part of the tree, or a control file that is not a limit. */
  cgroup: 'enhancedContainerIsolation',
  /** A device that is neither harmless nor allowed. */
  devices: 'bulkhead.devices',
  /** A privileged container where none may be. */
  privileged: 'bulkhead.privileged',
  /** A managed plugin. */
  plugins: 'bulkhead.plugins',
} as const;

export type Rule = keyof typeof settings;

/** The sentence, the rule and its setting; `explain` adds who decided that. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly rule: Rule;
  readonly setting: string;
  readonly sentence: string;

  constructor(rule: Rule, sentence: string, options?: ErrorOptions) {
    super(`${sentence} [rule ${rule}; setting ${settings[rule]}]`, options);
    this.rule = rule;
    this.setting = settings[rule];
    this.sentence = sentence;
  }
}

/** What a user reads: the sentence, then the rule, its setting, who set that and whether it is locked. */
export function explain({ sentence, rule, setting }: Refused, standings: Standings): string {
  return `${sentence} [rule ${rule}; setting ${setting}, ${describeStanding(standings[setting])}]`;
}

/** Text of a stranger, fit for one line of a message. */
export { printable as shown } from '../../../policy/json/strict.ts';

/** As ECI begins its refusals of a whole container; tools look for these words. */
export const unsupported = (what: string): string =>
  `invalid or unsupported container spec: bulkhead containers ${what}`;
