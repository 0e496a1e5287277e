import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { FrameReader } from '../services/channel/protocol/frame.ts';
import { event, logEntry } from '../services/channel/protocol/methods.ts';
import { EventPort } from './events.ts';
import { consoleLine, Journal, onConsole } from './journal.ts';

/** A journal whose events go to a file, as QEMU keeps them. */
function journal() {
  const path = join(tmpdir(), `bulkhead-journal-${process.pid}-${Math.random()}`);
  writeFileSync(path, '');
  onTestFinished(() => rmSync(path));
  const events = new EventPort();
  events.open(path);
  let time = 0;
  const log = new Journal(() => (time += 10), events);
  return { log, sent: () => new FrameReader().push(readFileSync(path)).map((value) => event.parse(value)) };
}

test('an entry reaches the ring and the host alike, in the shape of the protocol', () => {
  const { log, sent } = journal();
  log.write('debug', 'dockerd', 'first "quoted"\nline', { n: 1 });
  log.write('debug', 'dockerd', 'second');
  const entries = log.read(-1, 10);
  expect(entries.map((entry) => logEntry.parse(entry))).toEqual([
    { seq: 0, at: 10, level: 'debug', source: 'dockerd', message: 'first "quoted"\nline', fields: { n: 1 } },
    { seq: 1, at: 20, level: 'debug', source: 'dockerd', message: 'second' },
  ]);
  expect(sent()).toEqual(entries.map((entry) => ({ kind: 'log', entry })));
});

test.each(['key', 'password', 'token', 'authorization'])('a field named %s is kept back', (name) => {
  const { log, sent } = journal();
  log.write('debug', 'channel', 'something', { [name]: 'planted secret', other: 'seen' });
  expect(log.read(-1, 1)[0]?.fields).toEqual({ [name]: '(kept back)', other: 'seen' });
  expect(JSON.stringify(sent())).not.toContain('planted secret');
});

test('read() gives what is new, of one source, up to a limit', () => {
  const { log } = journal();
  for (const [n, source] of ['a', 'b', 'a', 'a'].entries()) log.write('debug', source, String(n));
  expect(log.read(0, 1, 'a').map(({ message }) => message)).toEqual(['2']);
});

test('whenLogged() sees a message of that source, and gives up in time', async () => {
  const { log } = journal();
  const seen = log.whenLogged('a', (message) => message === 'yes', 1000);
  const missed = log.whenLogged('b', () => true, 5);
  log.write('debug', 'a', 'yes');
  expect(await seen).toBe(true);
  expect(await missed).toBe(false);
});

test('the console shows our own lines and errors of services, in printable characters', () => {
  expect(onConsole({ level: 'info', source: 'init' })).toBe(true);
  expect(onConsole({ level: 'warn', source: 'dockerd' })).toBe(false);
  expect(onConsole({ level: 'error', source: 'dockerd' })).toBe(true);
  expect(consoleLine({ at: 4512, level: 'warn', source: 'init', message: 'a\x1b[31m\nb' })).toBe(
    '[   4.512] init: WARN a [31m b\n',
  );
});
