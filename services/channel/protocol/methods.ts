import { policyChange } from '../../../policy/settings/change.ts';
import { effectivePolicy, policyMode } from '../../../policy/settings/effective.ts';
import * as z from '../../../policy/zod.ts';

/** Version of the methods below. Both ends say theirs in `hello`; different ones refuse each other. */
export const PROTOCOL_VERSION = 4;

/** virtio-serial port names, as in `/sys/class/virtio-ports/<dev>/name`. */
export const CONTROL_PORT = 'org.bulkhead.control.0';
export const EVENTS_PORT = 'org.bulkhead.events.0';

const milliseconds = z.number().check(z.nonnegative());

/** What the VM as a whole is doing. `held`: the boot stopped at a failure and waits for an operator. */
export const vmState = z.enum(['booting', 'ready', 'degraded', 'held', 'stopping']);
export type VmState = z.infer<typeof vmState>;

/** A failure as a person should read it: what, why, what to do. */
export const failure = z.strictObject({ code: z.string(), message: z.string(), hint: z.string() });
export type Failure = z.infer<typeof failure>;

export const phaseReport = z.strictObject({
  name: z.string(),
  state: z.enum(['waiting', 'running', 'done', 'failed', 'skipped']),
  /** Milliseconds since the kernel started. */
  startedAt: z.optional(milliseconds),
  duration: z.optional(milliseconds),
  /** Phases that it waited for. */
  needs: z.optional(z.array(z.string())),
  failure: z.optional(failure),
});
export type PhaseReport = z.infer<typeof phaseReport>;

export const serviceState = z.enum([
  'waiting',
  'starting',
  'ready',
  'stopping',
  'stopped',
  'backing-off',
  'failed',
]);
export type ServiceState = z.infer<typeof serviceState>;

export const serviceReport = z.strictObject({
  name: z.string(),
  state: serviceState,
  pid: z.optional(z.int().check(z.positive())),
  /** Milliseconds since the kernel started when it entered `state`. */
  since: milliseconds,
  /** Times it was started again after it had ended by itself. */
  restarts: z.int().check(z.nonnegative()),
  lastExit: z.optional(z.string()),
});
export type ServiceReport = z.infer<typeof serviceReport>;

/** Whose processes the kernel killed. A container by its id; none where it has gone meanwhile. */
export const oomReport = z.strictObject({
  of: z.enum(['service', 'container']),
  name: z.optional(z.string().check(z.maxLength(100))),
  /** How many. */
  killed: z.int().check(z.positive()),
});
export type OomReport = z.infer<typeof oomReport>;

/** The settings in force, in short. */
export const settingsSummary = z.strictObject({
  mode: policyMode,
  organization: z.optional(z.string()),
  serial: z.optional(z.int().check(z.positive())),
  /** How many of them are locked. */
  locked: z.int().check(z.nonnegative()),
  /** Whether new containers get a user namespace of their own. */
  isolation: z.boolean(),
});
export type SettingsSummary = z.infer<typeof settingsSummary>;

/** The last boot that failed, or ended without a shutdown; from the state disk. */
export const lastFailure = z.strictObject({
  bootId: z.string(),
  version: z.string(),
  /** When that boot began, ISO 8601. */
  began: z.string(),
  /** 1: the boot before this one. */
  bootsAgo: z.int().check(z.positive()),
  failure,
});
export type LastFailure = z.infer<typeof lastFailure>;

export const status = z.strictObject({
  version: z.string(),
  bootId: z.string(),
  kernel: z.string(),
  state: vmState,
  /** Whether the image was signed with a key made on a developer's machine. */
  signing: z.enum(['development', 'release']),
  uptime: milliseconds,
  readyAt: z.optional(milliseconds),
  phases: z.array(phaseReport),
  services: z.array(serviceReport),
  /** Once they are sealed. */
  settings: z.optional(settingsSummary),
  failure: z.optional(failure),
  lastFailure: z.optional(lastFailure),
});
export type Status = z.infer<typeof status>;

/** One line of the VM's log, or of one of its services. */
export const logEntry = z.strictObject({
  /** Counts every entry of this boot; a gap means that entries were dropped. */
  seq: z.int().check(z.nonnegative()),
  /** Milliseconds since the kernel started. */
  at: milliseconds,
  level: z.enum(['debug', 'info', 'warn', 'error']),
  source: z.string(),
  message: z.string(),
  fields: z.optional(z.record(z.string(), z.unknown())),
});
export type LogEntry = z.infer<typeof logEntry>;

/** A family of Prometheus' exposition format: names and labels as there, values in base units. */
export const metricFamily = z.strictObject({
  name: z.string().check(z.regex(/^bulkhead_[a-z0-9_]{1,100}$/)),
  type: z.enum(['gauge', 'counter']),
  help: z.string().check(z.maxLength(300)),
  samples: z
    .array(
      z.strictObject({
        labels: z.record(z.string().check(z.regex(/^[a-z_]{1,50}$/)), z.string().check(z.maxLength(200))),
        value: z.number(),
      }),
    )
    .check(z.maxLength(1000)),
});
export type MetricFamily = z.infer<typeof metricFamily>;

const pem = z.string().check(z.maxLength(64 * 1024), z.startsWith('-----BEGIN '));

/** Of 1 MiB (policy/settings/parse.ts), and a little: what is larger is refused in words, not by shape. */
const document = z.string().check(z.maxLength(1_400_000), z.regex(/^[A-Za-z0-9+/]*={0,2}$/));
const signedDocument = z.strictObject({ document, signature: z.string().check(z.maxLength(4096)) });
const organization = z.string().check(z.minLength(1), z.maxLength(200));
/** Something about settings that a person should read. */
export const settingsNote = z.strictObject({
  level: z.enum(['info', 'warn']),
  message: z.string(),
  hint: z.optional(z.string()),
});
export type SettingsNote = z.infer<typeof settingsNote>;
/** More than a VM has clients; and the list has to be looked through at each request. */
export const MOST_REVOKED = 4096;
/** Ten years: no host's clock is so wrong, and no VM sleeps so long. Milliseconds. */
const MOST_CLOCK_ERROR = 10 * 365 * 86_400_000;
const sha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/));
/** Of the engine. Containers go on meanwhile. */
const restart = z.enum(['not-needed', 'needed', 'done']);

/**
 * Everything the host can ask for: name → shape of parameters and result. There is no method that runs a
 * command, opens a shell, reads a file or weakens a lock.
 */
export const methods = {
  hello: {
    params: z.strictObject({ protocol: z.int(), client: z.string().check(z.maxLength(200)) }),
    result: z.strictObject({ protocol: z.int(), version: z.string(), bootId: z.string() }),
  },
  status: { params: z.strictObject({}), result: status },
  /** The VM's TLS certificate request (PKCS#10). Error `not-yet` while the key is being made. */
  'certificate.request': { params: z.strictObject({}), result: z.strictObject({ request: pem }) },
  /** The certificate for that request and the CA that clients' certificates must come from. Once a boot. */
  'certificate.install': {
    params: z.strictObject({ certificate: pem, authority: pem }),
    result: z.strictObject({ fingerprint: z.string() }),
  },
  /** Client certificates, by SHA-256, that are no longer good from now on, in this boot and all later ones. */
  'certificates.revoke': {
    params: z.strictObject({
      fingerprints: z.array(sha256).check(z.minLength(1), z.maxLength(MOST_REVOKED)),
      /** The engine is started again, so that connections which are open end, too; containers go on. */
      disconnect: z._default(z.boolean(), false),
    }),
    result: z.strictObject({ revoked: z.array(sha256) }),
  },
  /** All of them. */
  'certificates.revoked': {
    params: z.strictObject({}),
    result: z.strictObject({ revoked: z.array(sha256) }),
  },
  /** What the launcher has to say of settings; once a boot, before the engine starts. Nothing is a word, too. */
  'settings.submit': {
    params: z.strictObject({
      admin: z.optional(signedDocument),
      /** Keys that are not locked; the channel passes on what it read, rendered anew. */
      user: z.optional(document),
      /** Why the channel did not pass on what a user wanted. */
      userRefusal: z.optional(z.string().check(z.maxLength(1000))),
      /** What the channel found in a user's document that has no effect. */
      userWarnings: z._default(z.array(z.string().check(z.maxLength(1000))).check(z.maxLength(100)), []),
      /** From registry.json: who may sign. A signed document is then required. */
      allowedOrganizations: z._default(z.array(organization).check(z.maxLength(100)), []),
      /** Whether this machine must have a signed document, whoever it belongs to. */
      required: z._default(z.boolean(), false),
    }),
    result: z.strictObject({
      mode: policyMode,
      organization: z.optional(z.string()),
      serial: z.optional(z.int().check(z.positive())),
      digest: sha256,
      notes: z.array(settingsNote),
    }),
  },
  /** Error `not-yet` until they are sealed. */
  'settings.get': {
    params: z.strictObject({}),
    result: z.strictObject({
      policy: effectivePolicy,
      digest: sha256,
      enrolled: z.optional(z.strictObject({ organization: z.string(), keys: z.array(z.string()) })),
      notes: z.array(settingsNote),
    }),
  },
  /** What `settings.apply` would do. */
  'settings.plan': {
    params: z.strictObject({ admin: signedDocument }),
    result: z.strictObject({ serial: z.number(), changes: z.array(policyChange), restart }),
  },
  /**
   * Puts a signed document with a higher serial in force. `restart`: what may be done if the engine has to be started
   * again; where it is not, the document counts for it from then on.
   */
  'settings.apply': {
    params: z.strictObject({ admin: signedDocument, restart: z.enum(['no', 'if-kept', 'yes']) }),
    result: z.strictObject({ serial: z.number(), changes: z.array(policyChange), restart }),
  },
  /** Pins whose documents count from now on. Once: later keys come in documents that the present one signed. */
  'settings.enroll': {
    params: z.strictObject({ organization, publicKey: z.string().check(z.maxLength(300)) }),
    result: z.strictObject({ organization: z.string() }),
  },
  /** What the VM runs, signed with this boot's TLS key: policy/attestation/. */
  attest: {
    params: z.strictObject({ nonce: z.string().check(z.regex(/^([0-9a-f]{2}){16,64}$/)) }),
    result: z.strictObject({ text: z.string(), signature: z.base64(), certificate: pem }),
  },
  /** The VM's clock: milliseconds since 1970. */
  'clock.get': { params: z.strictObject({}), result: z.strictObject({ now: z.number() }) },
  /** Sets it so many milliseconds forward or, below 0, back: what the caller found to be wrong with it. */
  'clock.set': {
    params: z.strictObject({
      by: z.number().check(z.minimum(-MOST_CLOCK_ERROR), z.maximum(MOST_CLOCK_ERROR)),
    }),
    result: z.strictObject({}),
  },
  logs: {
    params: z.strictObject({
      after: z.optional(z.int().check(z.nonnegative())),
      limit: z._default(z.int().check(z.minimum(1), z.maximum(1000)), 500),
      source: z.optional(z.string().check(z.maxLength(100))),
      /** `last`: the newest of the boot before, as the state disk has kept it; `after` has no meaning there. */
      boot: z._default(z.enum(['present', 'last']), 'present'),
    }),
    result: z.strictObject({ entries: z.array(logEntry), dropped: z.int().check(z.nonnegative()) }),
  },
  metrics: {
    params: z.strictObject({}),
    result: z.strictObject({ families: z.array(metricFamily).check(z.maxLength(200)) }),
  },
  /** Answered before it begins; what follows is seen on the events port. A second one hastens the first. */
  shutdown: { params: z.strictObject({ mode: z.enum(['poweroff', 'reboot']) }), result: z.strictObject({}) },
} as const;
export type MethodName = keyof typeof methods;
/** As a caller writes them: defaults may be left out. */
export type Asked<M extends MethodName> = z.input<(typeof methods)[M]['params']>;
export type Params<M extends MethodName> = z.output<(typeof methods)[M]['params']>;
export type Result<M extends MethodName> = z.output<(typeof methods)[M]['result']>;

export function isMethodName(name: string): name is MethodName {
  return Object.hasOwn(methods, name);
}

/** JSON-RPC 2.0 (https://www.jsonrpc.org/specification); ids are strings that begin with the caller's session. */
export const request = z.strictObject({
  jsonrpc: z.literal('2.0'),
  id: z.string().check(z.minLength(1), z.maxLength(100)),
  method: z.string().check(z.maxLength(100)),
  params: z._default(z.record(z.string(), z.unknown()), {}),
});
export type Request = z.infer<typeof request>;

export const rpcError = z.strictObject({
  code: z.int(),
  message: z.string(),
  data: z.optional(z.strictObject({ code: z.string(), hint: z.optional(z.string()) })),
});
export type RpcError = z.infer<typeof rpcError>;

export const response = z.union([
  z.strictObject({
    jsonrpc: z.literal('2.0'),
    id: z.nullable(z.string().check(z.maxLength(100))),
    result: z.unknown(),
  }),
  z.strictObject({
    jsonrpc: z.literal('2.0'),
    id: z.nullable(z.string().check(z.maxLength(100))),
    error: rpcError,
  }),
]);
export type Response = z.infer<typeof response>;

/** Codes of JSON-RPC, and ours from -32000 down. */
export const RPC = {
  parse: -32700,
  invalidRequest: -32600,
  unknownMethod: -32601,
  invalidParams: -32602,
  internal: -32603,
  refused: -32000,
  notYet: -32001,
} as const;

/** What the guest writes to the events port, one frame each. The port is written only, never read. */
export const event = z.discriminatedUnion('kind', [
  /** First of each boot: a new boot id means that all state known of the last one is void. */
  z.strictObject({ kind: z.literal('boot'), at: milliseconds, bootId: z.string(), version: z.string() }),
  z.strictObject({ kind: z.literal('log'), entry: logEntry }),
  z.strictObject({ kind: z.literal('phase'), at: milliseconds, phase: phaseReport }),
  z.strictObject({ kind: z.literal('service'), at: milliseconds, service: serviceReport }),
  /** The kernel killed processes for want of memory. */
  z.strictObject({ kind: z.literal('oom'), at: milliseconds, oom: oomReport }),
  z.strictObject({
    kind: z.literal('state'),
    at: milliseconds,
    state: vmState,
    failure: z.optional(failure),
  }),
]);
export type Event = z.infer<typeof event>;
