import type { CallOptions, ChannelClient } from '../channel/client.ts';
import { HostError } from '../errors.ts';
import type { OnProgress } from '../machine/progress.ts';

/** Of so many answers the quickest counts: it leaves the least room for error. */
const MOST_SAMPLES = 8;
/** An answer within twice this is quick enough; milliseconds. */
const EXACT = 5;

/** How far the guest's clock is from this machine's. Milliseconds. */
export interface ClockError {
  /** Above 0: the guest's is ahead. */
  readonly error: number;
  /** Known to this, either way. */
  readonly within: number;
}

/** One question: when it was asked, what the guest's clock was, when the answer came. Milliseconds since 1970. */
export interface ClockSample {
  readonly asked: number;
  readonly guest: number;
  readonly answered: number;
}

/** As if the guest had answered half way: NTP's formula for one server (RFC 5905, section 8). Pure. */
export function clockError({ asked, guest, answered }: ClockSample): ClockError {
  return { error: guest - (asked + answered) / 2, within: (answered - asked) / 2 };
}

/** @param ask what the guest's clock is, milliseconds since 1970 */
export async function measureClock(ask: () => Promise<number>): Promise<ClockError> {
  let best: ClockError = { error: 0, within: Number.POSITIVE_INFINITY };
  for (let sample = 0; sample < MOST_SAMPLES && best.within > EXACT; sample++) {
    const asked = Date.now();
    const begun = performance.now();
    const guest = await ask();
    const answered = asked + (performance.now() - begun); // of a clock that nobody sets meanwhile
    const found = clockError({ asked, guest, answered });
    if (found.within < best.within) best = found;
  }
  return best;
}

/**
 * Sets the guest's clock by this machine's. Linux takes whole seconds from the machine's clock at boot, and QEMU begins
 * these when it starts: a second or more is lost without this.
 *
 * @param options of each call
 * @returns how far it was from this machine's; below `within` it was left
 * @throws {HostError} `channel-…`
 */
export async function setGuestClock(
  channel: Pick<ChannelClient, 'call'>,
  options: CallOptions,
): Promise<ClockError> {
  const found = await measureClock(async () => (await channel.call('clock.get', {}, options)).now);
  if (Math.abs(found.error) > found.within) await channel.call('clock.set', { by: -found.error }, options);
  return found;
}

/** As {@link setGuestClock}; but a clock that is a second off is no reason to give up a boot: the user is told. */
export async function trySetGuestClock(
  channel: Pick<ChannelClient, 'call'>,
  options: CallOptions,
  onProgress: OnProgress,
): Promise<void> {
  try {
    await setGuestClock(channel, options);
  } catch (error) {
    if (!(error instanceof HostError) || error.code === 'cancelled') throw error;
    onProgress({ kind: 'warning', text: `the VM's clock was not set: ${error.message}`, hint: error.hint });
  }
}
