import { closeSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Datagram, Kernel } from '../../init/kernel/kernel.ts';
import type { Cgroup } from './cgroup.ts';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import { MAX_NOTIFICATION_BYTES, type Notification, parseNotification } from './notification.ts';
import { RateLimit } from './rate-limit.ts';

/** Datagrams taken in one turn of the event loop: a service that floods its socket does not stop PID 1. */
const PER_TURN = 16;
const PER_SECOND = 20;
const BURST = 50;

/** The `NOTIFY_SOCKET` of one run of a service. */
export interface NotifySocket {
  path: string;
  close(): void;
}

interface NotifySocketOptions {
  service: string;
  /** Folder of the socket files. */
  directory: string;
  /** Only what is in it now may speak for the service. */
  cgroup: Cgroup;
  kernel: Kernel;
  clock: Clock;
  log: Log;
}

/**
 * Listens for a service's notifications. The socket is open to every user, so the sender's pid, which the kernel
 * attests, must be of the service's own cgroup; a sender that has ended since is refused, too.
 */
export function openNotifySocket(
  { service, directory, cgroup, kernel, clock, log }: NotifySocketOptions,
  onNotification: (notification: Notification) => void,
): NotifySocket {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, service);
  const descriptor = kernel.openDatagram(path, 0o666);
  const limit = new RateLimit({
    perSecond: PER_SECOND,
    burst: BURST,
    clock,
    onDropped: (dropped) =>
      log.write('warn', service, `${dropped} notifications dropped: too many at once`, { dropped }),
  });
  let closed = false;

  const take = (datagram: Datagram) => {
    if (!limit.allows()) return;
    const { data, truncated, sender } = datagram;
    if (truncated) log.write('warn', service, 'a notification was refused: it is too long');
    else if (sender === undefined || sender.pid <= 0 || !cgroup.has(sender.pid)) {
      log.write('warn', service, 'a notification was refused: its sender is not of this service', { sender });
    } else onNotification(parseNotification(data));
  };

  const watch = kernel.watchReadable(descriptor, () => {
    for (let taken = 0; taken < PER_TURN && !closed; taken += 1) {
      const datagram = kernel.receive(descriptor, MAX_NOTIFICATION_BYTES);
      if (datagram === undefined) return;
      take(datagram);
    }
  });

  return {
    path,
    close: () => {
      if (closed) return;
      closed = true;
      limit.flush();
      watch.stop();
      closeSync(descriptor);
      rmSync(path, { force: true });
    },
  };
}
