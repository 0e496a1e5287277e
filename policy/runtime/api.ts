import * as z from '../zod.ts';
import { type RuntimePolicy, strictRuntimePolicy } from './policy.ts';

/** `dockerSocketMount` of admin-settings.json: which containers may have the engine's socket, and what for. */
export const socketMount = z.strictObject({
  /** `name`, `name:tag`, `name:*`, `name@digest`, an image's id, or `*`. */
  images: z.array(z.string()),
  allowDerived: z.boolean(),
  commandList: z.strictObject({ type: z.enum(['allow', 'deny']), commands: z.array(z.string()) }),
});

/** What the engine's API lets clients ask for, beyond what `policy.ts` says of containers: what dockerd does by itself. */
export const apiPolicy = z.strictObject({
  /** Whether swarm mode may be used at all. */
  swarm: z.boolean(),
  /** No images from files: `docker load` and `docker import`. */
  blockDockerLoad: z.boolean(),
  portBindingBehavior: z.enum([
    'default-port-binding',
    'default-local-port-binding',
    'local-only-port-binding',
  ]),
  /** Names of log drivers; others dial or write where a container could not. */
  logDrivers: z.array(z.string()),
  socketMount,
  /** Client certificates that are no longer good, by SHA-256 fingerprint in lower-case hexadecimal. */
  revoked: z.array(z.string().check(z.regex(/^[0-9a-f]{64}$/))),
});
export type ApiPolicy = z.infer<typeof apiPolicy>;

/** All that a request is judged by: what containers may have counts here, too. */
export type RequestPolicy = RuntimePolicy & ApiPolicy;

export const strictApiPolicy: ApiPolicy = {
  swarm: true,
  blockDockerLoad: false,
  portBindingBehavior: 'default-port-binding',
  logDrivers: ['json-file', 'local', 'none'],
  socketMount: { images: [], allowDerived: false, commandList: { type: 'deny', commands: [] } },
  revoked: [],
};

export const strictRequestPolicy: RequestPolicy = { ...strictRuntimePolicy, ...strictApiPolicy };
