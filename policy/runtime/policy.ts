/** What the runtime layer lets containers have, beyond what is always safe. Built in until settings are read. */
export interface RuntimePolicy {
  /** Devices that a container may ask for, by their path in the VM. */
  devices: readonly string[];
  /** Whether `docker plugin install` may run plugins. */
  plugins: boolean;
  /** Whether containers may use io_uring(7). */
  ioUring: boolean;
  /** Processes of a container that asked for no limit of its own. */
  pidsLimit: number;
}

export const strictRuntimePolicy: RuntimePolicy = {
  devices: ['/dev/fuse', '/dev/net/tun'],
  plugins: false,
  ioUring: false,
  pidsLimit: 16_384,
};
