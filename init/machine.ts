import type { Supervisor } from '../services/supervisor/supervisor.ts';
import type { CertificateExchange } from './certificate.ts';
import type { Clock } from './clock.ts';
import type { BootSettings } from './commandline.ts';
import type { EventPort } from './events.ts';
import type { VerifiedExecutables } from './executables/store.ts';
import type { Journal } from './journal.ts';
import type { KeptSockets } from './kept-sockets/kept-sockets.ts';
import type { Kernel } from './kernel/kernel.ts';
import type { PowerMode } from './power-mode.ts';
import type { Settings } from './settings/settings.ts';
import type { Records } from './state/records.ts';
import type { WallClock } from './wake/wall-clock.ts';

/** All that a phase may use. Made once in `main.ts`; phases have effects on what is behind it, not on it. */
export interface Machine {
  /** Of this boot, for the host. */
  readonly bootId: string;
  readonly kernel: Kernel;
  readonly clock: Clock;
  readonly wallClock: WallClock;
  readonly log: Journal;
  readonly events: EventPort;
  readonly executables: VerifiedExecutables;
  readonly supervisor: Supervisor;
  readonly keptSockets: KeptSockets;
  readonly certificate: CertificateExchange;
  readonly settings: Settings;
  readonly records: Records;
  /** Begins a shutdown, or hastens the one under way. */
  requestPower(mode: PowerMode): void;
  /** What the launcher said. @throws {BootError} `bad-command-line` */
  readSettings(): BootSettings;
  /** Begins to answer the channel process. */
  openChannelDoor(): Promise<void>;
}
