import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeFrame } from '../../services/channel/protocol/frame.ts';
import type { Event } from '../../services/channel/protocol/methods.ts';
import { describeEvent, formatEvent } from './describe.ts';
import { followEvents, readEvents, waitForEvent } from './events.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bh-events-'));
  path = join(folder, 'events.log');
});
afterEach(() => rmSync(folder, { recursive: true }));

const booting: Event = { kind: 'state', at: 1, state: 'booting' };
const ready: Event = { kind: 'state', at: 2, state: 'ready' };

describe('readEvents()', () => {
  it('leaves out what is damaged or unknown', async () => {
    writeFileSync(
      path,
      Buffer.concat([
        encodeFrame(booting),
        Buffer.from('junk\n'),
        encodeFrame({ kind: 'new' }),
        encodeFrame(ready),
      ]),
    );
    expect(await readEvents(path)).toEqual([booting, ready]);
  });

  it('finds nothing where there is no file', async () => {
    expect(await readEvents(path)).toEqual([]);
  });
});

describe('followEvents()', () => {
  it("waits for the file, for the rest of a frame, and goes on with the next boot's file", async () => {
    const stop = new AbortController();
    const seen = followEvents(path, { signal: stop.signal });
    const first = seen.next();
    const frame = encodeFrame(booting);
    writeFileSync(path, frame.subarray(0, 10));
    appendFileSync(path, frame.subarray(10));
    expect((await first).value).toEqual(booting);
    appendFileSync(path, encodeFrame(ready));
    renameSync(path, `${path}.1`);
    writeFileSync(path, encodeFrame({ ...booting, at: 9 }));
    expect((await seen.next()).value).toEqual(ready);
    expect((await seen.next()).value).toEqual({ ...booting, at: 9 });
    stop.abort();
    expect((await seen.next()).done).toBe(true);
  });

  it('may begin at the end', async () => {
    writeFileSync(path, encodeFrame(booting));
    const stop = new AbortController();
    const next = followEvents(path, { signal: stop.signal, from: 'end' }).next();
    setTimeout(() => appendFileSync(path, encodeFrame(ready)), 150);
    expect((await next).value).toEqual(ready);
    stop.abort();
  });
});

it('waitForEvent() finds it or says that it is late', async () => {
  writeFileSync(path, Buffer.concat([encodeFrame(booting), encodeFrame(ready)]));
  const isReady = (event: Event) => event.kind === 'state' && event.state === 'ready';
  expect(await waitForEvent(path, isReady, { timeout: 1000 })).toEqual(ready);
  const never = waitForEvent(path, () => false, { timeout: 50 });
  await expect(never).rejects.toMatchObject({ code: 'guest-late' });
});

it('describeEvent() and formatEvent() say it in a line, without control characters', () => {
  const phase = { name: 'net\u001b[2Jwork', state: 'running' } as const;
  expect(describeEvent({ kind: 'phase', at: 1, phase })).toBe('booting: network');
  const entry = {
    seq: 1,
    at: 12345,
    level: 'warn',
    source: 'dockerd',
    message: 'slow',
    fields: { ms: 5 },
  } as const;
  expect(formatEvent({ kind: 'log', entry })).toBe('   12.345 warn  dockerd: slow ms=5');
});
