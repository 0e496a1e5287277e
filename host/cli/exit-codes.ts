import type { HostErrorCode } from '../errors.ts';

/** What `bulkhead` returns; `bulkhead docker` returns what docker returns. */
export const EXIT = { ok: 0, failed: 1, usage: 2, notRunning: 3, cancelled: 130 } as const;

export const EXIT_CODES_HELP = `
Exit codes: 0 done (status: all links hold), 1 failed, 2 wrong usage, 3 the VM is not running, 130 interrupted.`;

export function exitCodeOf(code: HostErrorCode): number {
  if (code === 'bad-name' || code === 'bad-option' || code === 'confirmation-needed') return EXIT.usage;
  if (code === 'not-running') return EXIT.notRunning;
  return code === 'cancelled' ? EXIT.cancelled : EXIT.failed;
}
