import type { Failure, LastFailure, LogEntry } from '../../services/channel/protocol/methods.ts';
import { builtIn } from '../built-in.ts';
import type { Journal } from '../journal.ts';
import type { PowerMode } from '../power-mode.ts';
import { type BootRecord, lastFailureOf, parseBootRecord, withFailure } from './boot-record.ts';
import { LogFiles } from './log-files.ts';
import { STATE_FOLDER, type StateStore } from './store.ts';

/** What the state disk keeps of boots: how the present one goes, for the next, and the newest of the log. */
export class Records {
  readonly #store: StateStore;
  readonly #log: Journal;
  readonly #bootId: string;
  readonly #files: LogFiles;
  /** Before the disk is there: a failure that is still to be written. */
  #early: Failure | undefined;
  #present: BootRecord | undefined;

  constructor(store: StateStore, log: Journal, bootId: string, folder = STATE_FOLDER) {
    this.#store = store;
    this.#log = log;
    this.#bootId = bootId;
    this.#files = new LogFiles(folder, (problem) => {
      log.keepIn(undefined);
      log.write('warn', 'init', `the log is no longer kept on the state disk: ${problem}`);
    });
  }

  /** Of the boots before this one. Nothing is known until the state disk is there. */
  get lastFailure(): LastFailure | undefined {
    return this.#present?.last;
  }

  /** The state disk is there. @returns what is known of the boot before, for the log */
  open(now: Date): string {
    const previous = parseBootRecord(this.#store.read('boot.json'));
    const last = lastFailureOf(previous);
    const present: BootRecord = {
      ...{ bootId: this.#bootId, version: builtIn.version, began: now.toISOString() },
      ...(last && { last }),
    };
    this.#keep(this.#early === undefined ? present : withFailure(present, this.#early));
    this.#files.open(this.#bootId);
    this.#log.keepIn(this.#files);
    if (previous === undefined) return 'no boot before this one is known';
    return last?.bootsAgo === 1 ? `the last boot: ${last.failure.message}` : 'the last boot ended well';
  }

  /** Something has failed: the next boot will know. Never throws. */
  fail(failure: Failure): void {
    this.#early ??= failure;
    if (this.#present === undefined || this.#present.failure !== undefined) return;
    try {
      this.#keep(withFailure(this.#present, failure));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#log.write('warn', 'init', `the failure could not be kept on the state disk: ${reason}`);
    }
  }

  /** The newest of the log of the boot before. */
  readLast(limit: number, source?: string): LogEntry[] {
    return this.#present === undefined ? [] : this.#files.readLast(this.#bootId, limit, source);
  }

  /** The VM ends as somebody asked: nothing is written to the disk any more. */
  close(ended: PowerMode): void {
    if (this.#present === undefined) return;
    this.#log.keepIn(undefined);
    this.#files.close();
    this.#keep({ ...this.#present, ended });
    this.#present = undefined;
  }

  #keep(record: BootRecord): void {
    this.#store.write('boot.json', JSON.stringify(record));
    this.#present = record;
  }
}
