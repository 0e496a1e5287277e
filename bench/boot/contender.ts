import type { Endpoint } from '../../host/engine/transport.ts';
import type { ProcessIdentity } from '../../host/machine/process.ts';

/** A VM that is compared with another. */
export interface Contender {
  readonly name: 'bulkhead' | 'debian' | 'floor';
  /** Makes it as if it never had booted. */
  reset(): Promise<void>;
  /** How its engine is reached when it listens on `port` of 127.0.0.1. */
  endpoint(port: number): Promise<Endpoint>;
  /** Switches it on. @returns its QEMU, when it is known that this one is the one that goes on */
  start(port: number, signal: AbortSignal): Promise<ProcessIdentity>;
  /** Switches it off cleanly, or ends it. Without effect when it is off. */
  stop(): Promise<void>;
}
