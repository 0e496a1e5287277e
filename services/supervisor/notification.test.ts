import { expect, it } from 'vitest';
import { parseNotification } from './notification.ts';

const parse = (text: string) => parseNotification(Buffer.from(text));

it.each([
  ['READY=1', { ready: true, stopping: false, watchdog: false }],
  ['STATUS=up\nREADY=1\nMAINPID=4711\n', { ready: true, stopping: false, watchdog: false, status: 'up' }],
  ['STOPPING=1', { ready: false, stopping: true, watchdog: false }],
  ['WATCHDOG=1', { ready: false, stopping: false, watchdog: true }],
  ['READY=0', { ready: false, stopping: false, watchdog: false }],
  ['NOTREADY=1\nREADY=11\n READY=1', { ready: false, stopping: false, watchdog: false }],
  ['', { ready: false, stopping: false, watchdog: false }],
])('reads %j', (text, expected) => {
  expect(parse(text)).toEqual(expected);
});

it('shows no control characters and cuts a long status', () => {
  expect(parse('STATUS=a\x1b[2Jb\u202ec').status).toBe('a?[2Jb?c');
  expect(parse(`STATUS=${'x'.repeat(4000)}`).status).toHaveLength(256);
});

it('takes bytes that are no text', () => {
  expect(parseNotification(Buffer.from([0xff, 0x0a, 0xfe])).ready).toBe(false);
});
