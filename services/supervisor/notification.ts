/** What a service says of itself: sd_notify(3). `MAINPID` and the rest are not for a service to decide here. */
export interface Notification {
  ready: boolean;
  stopping: boolean;
  /** A sign of life. */
  watchdog: boolean;
  status?: string;
}

/** Longest datagram that is looked at, in bytes; a longer one is not a notification. */
export const MAX_NOTIFICATION_BYTES = 4096;
const MAX_STATUS = 256;

/** Reads one datagram: lines of `NAME=value`. What is not known is passed over, as the protocol asks. */
export function parseNotification(data: Buffer): Notification {
  const lines = data.toString('utf8').split('\n');
  const status = lines.find((line) => line.startsWith('STATUS='))?.slice('STATUS='.length);
  return {
    ready: lines.includes('READY=1'),
    stopping: lines.includes('STOPPING=1'),
    watchdog: lines.includes('WATCHDOG=1'),
    ...(status !== undefined && { status: printable(status).slice(0, MAX_STATUS) }),
  };
}

/** Control characters and what could turn a terminal's text around become a question mark. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, '?');
}
