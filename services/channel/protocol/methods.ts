import * as z from 'zod';

/** Version of the methods below. Both ends say theirs in `hello`; different ones refuse each other. */
export const PROTOCOL_VERSION = 1;

/** virtio-serial port names, as in `/sys/class/virtio-ports/<dev>/name`. */
export const CONTROL_PORT = 'org.bulkhead.control.0';
export const EVENTS_PORT = 'org.bulkhead.events.0';

const milliseconds = z.number().nonnegative();

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
  startedAt: milliseconds.optional(),
  duration: milliseconds.optional(),
  failure: failure.optional(),
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
  pid: z.number().int().positive().optional(),
  /** Milliseconds since the kernel started when it entered `state`. */
  since: milliseconds,
  /** Times it was started again after it had ended by itself. */
  restarts: z.number().int().nonnegative(),
  lastExit: z.string().optional(),
});
export type ServiceReport = z.infer<typeof serviceReport>;

export const status = z.strictObject({
  version: z.string(),
  bootId: z.string(),
  kernel: z.string(),
  state: vmState,
  /** Whether the image was signed with a key made on a developer's machine. */
  signing: z.enum(['development', 'release']),
  uptime: milliseconds,
  readyAt: milliseconds.optional(),
  phases: z.array(phaseReport),
  services: z.array(serviceReport),
  failure: failure.optional(),
});
export type Status = z.infer<typeof status>;

/** One line of the VM's log, or of one of its services. */
export const logEntry = z.strictObject({
  /** Counts every entry of this boot; a gap means that entries were dropped. */
  seq: z.number().int().nonnegative(),
  /** Milliseconds since the kernel started. */
  at: milliseconds,
  level: z.enum(['debug', 'info', 'warn', 'error']),
  source: z.string(),
  message: z.string(),
  fields: z.record(z.string(), z.unknown()).optional(),
});
export type LogEntry = z.infer<typeof logEntry>;

const pem = z
  .string()
  .max(64 * 1024)
  .startsWith('-----BEGIN ');

/**
 * Everything the host can ask for: name → shape of parameters and result. There is no method that runs a
 * command, opens a shell, reads a file or weakens a lock.
 */
export const methods = {
  hello: {
    params: z.strictObject({ protocol: z.number().int(), client: z.string().max(200) }),
    result: z.strictObject({ protocol: z.number().int(), version: z.string(), bootId: z.string() }),
  },
  status: { params: z.strictObject({}), result: status },
  /** The VM's TLS certificate request (PKCS#10). Error `not-yet` while the key is being made. */
  'certificate.request': { params: z.strictObject({}), result: z.strictObject({ request: pem }) },
  /** The certificate for that request and the CA that clients' certificates must come from. Once a boot. */
  'certificate.install': {
    params: z.strictObject({ certificate: pem, authority: pem }),
    result: z.strictObject({ fingerprint: z.string() }),
  },
  logs: {
    params: z.strictObject({
      after: z.number().int().nonnegative().optional(),
      limit: z.number().int().min(1).max(1000).default(500),
      source: z.string().max(100).optional(),
    }),
    result: z.strictObject({ entries: z.array(logEntry), dropped: z.number().int().nonnegative() }),
  },
  /** Answered before it begins; what follows is seen on the events port. */
  shutdown: { params: z.strictObject({ mode: z.enum(['poweroff', 'reboot']) }), result: z.strictObject({}) },
} as const;
export type MethodName = keyof typeof methods;
export type Params<M extends MethodName> = z.output<(typeof methods)[M]['params']>;
export type Result<M extends MethodName> = z.output<(typeof methods)[M]['result']>;

export function isMethodName(name: string): name is MethodName {
  return Object.hasOwn(methods, name);
}

/** JSON-RPC 2.0 (https://www.jsonrpc.org/specification); ids are strings that begin with the caller's session. */
export const request = z.strictObject({
  jsonrpc: z.literal('2.0'),
  id: z.string().min(1).max(100),
  method: z.string().max(100),
  params: z.record(z.string(), z.unknown()).default({}),
});
export type Request = z.infer<typeof request>;

export const rpcError = z.strictObject({
  code: z.number().int(),
  message: z.string(),
  data: z.strictObject({ code: z.string(), hint: z.string().optional() }).optional(),
});
export type RpcError = z.infer<typeof rpcError>;

export const response = z.union([
  z.strictObject({ jsonrpc: z.literal('2.0'), id: z.string().max(100).nullable(), result: z.unknown() }),
  z.strictObject({ jsonrpc: z.literal('2.0'), id: z.string().max(100).nullable(), error: rpcError }),
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
  z.strictObject({ kind: z.literal('state'), at: milliseconds, state: vmState, failure: failure.optional() }),
]);
export type Event = z.infer<typeof event>;
