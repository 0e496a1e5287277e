import { expect, test } from 'vitest';
import { encodeFrame, FrameReader, MAX_FRAME_BYTES } from './frame.ts';

const messages = [{ a: 1 }, { text: 'line\nbreak, ünïcode' }, []];
const stream = Buffer.concat(messages.map(encodeFrame));

test.each([1, 2, 7, 4096])('FrameReader reads frames in pieces of %i bytes', (size) => {
  const reader = new FrameReader();
  const values: unknown[] = [];
  for (let at = 0; at < stream.length; at += size)
    values.push(...reader.push(stream.subarray(at, at + size)));
  expect(values).toEqual(messages);
  expect(reader.statistics.dropped).toBe(0);
});

test('FrameReader finds its place again wherever the stream is cut', () => {
  const cut = encodeFrame({ first: true });
  for (let at = 1; at < cut.length; at += 1) {
    const reader = new FrameReader();
    expect(reader.push(Buffer.concat([cut.subarray(at), stream]))).toEqual(messages);
    expect(reader.statistics.dropped).toBe(at === cut.length - 1 ? 0 : 1);
  }
});

test('FrameReader drops two frames spliced into one, garbage, and JSON that does not parse', () => {
  const [one, two] = [encodeFrame({ n: 1 }), encodeFrame({ n: 2 })];
  const reader = new FrameReader();
  expect(reader.push(Buffer.concat([one.subarray(0, 12), two.subarray(12)]))).toEqual([{ n: 2 }].slice(1));
  expect(reader.push(Buffer.from('garbage\n\xff\x00\n00000000 {\n'))).toEqual([]);
  expect(reader.statistics.dropped).toBe(4);
  expect(reader.push(two)).toEqual([{ n: 2 }]);
});

test('FrameReader keeps no more than a frame of an endless line, and goes on behind it', () => {
  const reader = new FrameReader();
  for (let n = 0; n < 3; n += 1) expect(reader.push(Buffer.alloc(MAX_FRAME_BYTES, 0x61))).toEqual([]);
  expect(reader.push(Buffer.concat([Buffer.from('\n'), stream]))).toEqual(messages);
  expect(reader.statistics.dropped).toBe(1);
});

test('encodeFrame() refuses what no reader would take', () => {
  expect(() => encodeFrame('x'.repeat(MAX_FRAME_BYTES))).toThrow(RangeError);
});
