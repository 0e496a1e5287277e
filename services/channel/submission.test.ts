import { expect, test } from 'vitest';
import { renderSubmission } from './submission.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const plain = { allowedOrganizations: [], required: false, userWarnings: [] };

test('a signed document passes unread', () => {
  const admin = { document: base64('not even JSON'), signature: 'x' };
  expect(renderSubmission({ admin })).toEqual({ ...plain, admin });
});

test("a user's document goes on as what was read of it", () => {
  const { user = '', userWarnings } = renderSubmission({
    user: base64('{ "bulkhead": {"plugins": {"value": true}}, "x": 1 }'),
  });
  expect(Buffer.from(user, 'base64').toString()).toBe('{"bulkhead":{"plugins":{"value":true}}}');
  expect(userWarnings).toEqual(['line 1, column 50 (x): x is not known and has no effect']);
});

test.each([
  ['broken', '{"bulkhead": ', 'ends too early'],
  ['that locks', '{"blockDockerLoad": {"locked": true, "value": true}}', 'an administrator has signed'],
  ['with a wrong value', '{"blockDockerLoad": {"value": 7}}', 'line 1, column 31'],
])("a user's document %s does not go on, and its reason does", (_, text, words) => {
  const { user, userRefusal } = renderSubmission({ user: base64(text), userRefusal: 'of the host' });
  expect({ user, userRefusal }).toEqual({ user: undefined, userRefusal: expect.stringContaining(words) });
});
