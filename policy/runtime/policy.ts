import * as z from '../zod.ts';
import { standings } from './standing.ts';

/** What the runtime layer lets containers have, beyond what is always safe. */
export const runtimePolicy = z.strictObject({
  /** Whether new containers get a user namespace of their own; false: plain crun, as in any other engine. */
  isolation: z.boolean(),
  /** `deny`: no privileged containers at all, confined or not. */
  privileged: z.enum(['confine', 'deny']),
  /** Devices that a container may ask for, by their path in the VM. */
  devices: z.array(z.string()),
  /** Whether `docker plugin install` may run plugins. */
  plugins: z.boolean(),
  /** Whether containers may use io_uring(7). */
  ioUring: z.boolean(),
  /** Whether any image may have a socket of the engine; which, the authorizer says. */
  sockets: z.boolean(),
  /** Processes of a container that asked for no limit of its own. */
  pidsLimit: z.int().check(z.positive()),
  /** Who decided each, for refusals. */
  standings,
});
export type RuntimePolicy = z.infer<typeof runtimePolicy>;

export const strictRuntimePolicy: RuntimePolicy = {
  isolation: true,
  privileged: 'confine',
  devices: ['/dev/fuse', '/dev/net/tun'],
  plugins: false,
  ioUring: false,
  sockets: false,
  pidsLimit: 16_384,
  standings: {},
};
