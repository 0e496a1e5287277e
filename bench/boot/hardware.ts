/** What both VMs get. */
export interface Hardware {
  /** MiB */
  readonly memory: number;
  readonly cpus: number;
  /** Milliseconds in which a boot must have come to a ready engine. */
  readonly deadline: number;
}

export const hardware: Hardware = { memory: 2048, cpus: 2, deadline: 600_000 };
