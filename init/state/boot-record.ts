import * as z from '../../policy/zod.ts';
import {
  type Failure,
  failure,
  type LastFailure,
  lastFailure,
} from '../../services/channel/protocol/methods.ts';

/** `boot.json` on the state disk: the present boot, for the next one. */
export const bootRecord = z.strictObject({
  bootId: z.string().check(z.maxLength(100)),
  version: z.string().check(z.maxLength(100)),
  /** ISO 8601. */
  began: z.string().check(z.maxLength(50)),
  /** That it was shut down; without it, the power was cut, the kernel panicked, or QEMU was ended. */
  ended: z.optional(z.enum(['poweroff', 'reboot'])),
  /** The first thing that failed. */
  failure: z.optional(failure),
  /** Of the boots before it. */
  last: z.optional(lastFailure),
});
export type BootRecord = z.infer<typeof bootRecord>;

/** Longest message that is kept, in characters: a failure may name hundreds of files. */
const MESSAGE = 4000;

const CUT: Failure = {
  code: 'ended-unexpectedly',
  message: 'it ended without a shutdown: a power cut, a kernel panic, its watchdog, or QEMU was killed',
  hint: 'See `bulkhead console --boot -1` and `bulkhead logs --kept`.',
};

/** What the boot after `previous` tells of failures before it. Pure. */
export function lastFailureOf(previous: BootRecord | undefined): LastFailure | undefined {
  if (previous === undefined) return undefined;
  const { bootId, version, began, ended, last } = previous;
  const found = previous.failure ?? (ended === undefined ? CUT : undefined);
  if (found !== undefined) return { bootId, version, began, bootsAgo: 1, failure: found };
  return last && { ...last, bootsAgo: last.bootsAgo + 1 };
}

/** The record with a failure in it, unless it has one already: the first is the cause. Pure. */
export function withFailure(record: BootRecord, { code, message, hint }: Failure): BootRecord {
  return record.failure === undefined
    ? { ...record, failure: { code, message: message.slice(0, MESSAGE), hint } }
    : record;
}

/** @returns undefined for what is no such record: whoever has the disk may have written it */
export function parseBootRecord(data: Buffer | undefined): BootRecord | undefined {
  if (data === undefined) return undefined;
  try {
    return bootRecord.safeParse(JSON.parse(data.toString('utf8'))).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
