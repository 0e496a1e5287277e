/** struct input_event on 64-bit: two longs of time, type, code, value (include/uapi/linux/input.h). */
const EVENT_BYTES = 24;
const EV_KEY = 1;
const KEY_POWER = 116;

/** Whether the events read of an input device hold a power key going down. Pure. */
export function pressesPower(events: Buffer): boolean {
  for (let at = 0; at + EVENT_BYTES <= events.length; at += EVENT_BYTES) {
    const type = events.readUInt16LE(at + 16);
    const code = events.readUInt16LE(at + 18);
    if (type === EV_KEY && code === KEY_POWER && events.readInt32LE(at + 20) === 1) return true;
  }
  return false;
}
