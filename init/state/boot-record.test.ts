import { expect, test } from 'vitest';
import { type BootRecord, lastFailureOf, parseBootRecord, withFailure } from './boot-record.ts';

const failure = { code: 'no-network', message: 'no card', hint: 'give it one' };
const boot: BootRecord = { bootId: 'a', version: '1.0', began: '2026-11-24T00:00:00.000Z' };
const told = { bootId: 'a', version: '1.0', began: boot.began, bootsAgo: 1 };

test.each([
  ['no boot before', undefined, undefined],
  ['one that ended well', { ...boot, ended: 'poweroff' }, undefined],
  ['one that failed and was shut down', { ...boot, ended: 'poweroff', failure }, { ...told, failure }],
  ['one that failed, and the power was cut', { ...boot, failure }, { ...told, failure }],
  ['a power cut', boot, { ...told, failure: { code: 'ended-unexpectedly' } }],
  [
    'a failure some boots ago',
    { ...boot, ended: 'reboot', last: { ...told, bootsAgo: 2, failure } },
    { ...told, bootsAgo: 3, failure },
  ],
  [
    'a newer failure counts',
    { ...boot, last: { ...told, bootsAgo: 2, failure } },
    { bootsAgo: 1, failure: { code: 'ended-unexpectedly' } },
  ],
] as [string, BootRecord | undefined, object | undefined][])('%s', (_, previous, expected) => {
  const found = lastFailureOf(previous);
  if (expected === undefined) expect(found).toBeUndefined();
  else expect(found).toMatchObject(expected);
});

test('the first failure is kept, and cut to a bounded length', () => {
  const failed = withFailure(boot, { ...failure, message: 'x'.repeat(1e6) });
  expect(failed.failure?.message).toHaveLength(4000);
  expect(withFailure(failed, failure)).toBe(failed);
});

test.each(['', '{', 'null', '[]', '{"bootId":1}', '\u0000', JSON.stringify({ ...boot, more: 1 })])(
  'what somebody wrote on the disk is no record: %j',
  (text) => expect(parseBootRecord(Buffer.from(text))).toBeUndefined(),
);
