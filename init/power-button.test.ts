import { expect, test } from 'vitest';
import { pressesPower } from './power-button.ts';

function inputEvent(type: number, code: number, value: number): Buffer {
  const buffer = Buffer.alloc(24);
  buffer.writeUInt16LE(type, 16);
  buffer.writeUInt16LE(code, 18);
  buffer.writeInt32LE(value, 20);
  return buffer;
}

test.each([
  ['key down', [inputEvent(1, 116, 1), inputEvent(0, 0, 0)], true],
  ['key down behind others', [inputEvent(0, 0, 0), inputEvent(1, 116, 1)], true],
  ['key up only', [inputEvent(1, 116, 0)], false],
  ['another key', [inputEvent(1, 30, 1)], false],
  ['nothing', [], false],
  ['half an event', [inputEvent(1, 116, 1).subarray(0, 20)], false],
])('pressesPower(): %s', (_, events, pressed) => {
  expect(pressesPower(Buffer.concat(events))).toBe(pressed);
});
