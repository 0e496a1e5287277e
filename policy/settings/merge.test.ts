import { expect, test } from 'vitest';
import type { SettingsDocument } from './document.ts';
import { type EffectivePolicy, effectivePolicy, policyText, rowOf, settingValue } from './effective.ts';
import { mergeSettings } from './merge.ts';
import { parseSettings } from './parse.ts';
import { type SettingName, settingNames } from './table.ts';

const admin = (settings: object): SettingsDocument =>
  parseSettings(Buffer.from(JSON.stringify({ organization: 'acme', serial: 7, ...settings })), 'admin');
const user = (settings: object): SettingsDocument =>
  parseSettings(Buffer.from(JSON.stringify(settings)), 'user');
const look = (policy: EffectivePolicy, key: SettingName) => {
  const { value, source, locked, passedOver } = rowOf(policy, key);
  return [value, source, locked, passedOver];
};

test('without any document everything is built in, and isolation is on', () => {
  const policy = mergeSettings({ required: false });
  expect(policy.mode).toBe('unmanaged');
  expect(policy.rows.map(({ key }) => key)).toEqual(settingNames);
  expect(policy.rows.every(({ source, locked }) => source === 'default' && !locked)).toBe(true);
  expect(settingValue(policy, 'enhancedContainerIsolation')).toEqual({ value: true });
  expect(effectivePolicy.parse(JSON.parse(JSON.stringify(policy)))).toEqual(policy);
});

const key = 'blockDockerLoad';
const LOCKED = 'Locked by your administrator: not';

test.each([
  ['a user’s value', undefined, true, [true, 'user', false, undefined]],
  ['a signed default', { locked: false, value: true }, undefined, [true, 'admin', false, undefined]],
  [
    'a user’s value over a signed default',
    { locked: false, value: true },
    false,
    [false, 'user', false, undefined],
  ],
  ['a lock', { locked: true, value: true }, undefined, [true, 'admin', true, undefined]],
  [
    'a lock over a user’s value',
    { locked: true, value: true },
    false,
    [true, 'admin', true, `${LOCKED} false`],
  ],
])('%s', (_, signed, asked, outcome) => {
  const policy = mergeSettings({
    admin: signed && admin({ [key]: signed }),
    user: asked === undefined ? undefined : user({ [key]: { value: asked } }),
    required: signed !== undefined,
  });
  expect(look(policy, key)).toEqual(outcome);
});

test('where a signed document is required and none is valid, the strictest defaults are locked', () => {
  const policy = mergeSettings({
    user: user({ enhancedContainerIsolation: { value: false } }),
    required: true,
  });
  expect(policy.mode).toBe('strictest');
  expect(look(policy, 'enhancedContainerIsolation')).toEqual([
    { value: true },
    'strictest',
    true,
    expect.stringContaining('are required'),
  ]);
  expect(policy.rows.every(({ locked }) => locked)).toBe(true);
});

test('what a lapsed document locked stays locked; what it loosened does not', () => {
  const lapsed = admin({
    blockDockerLoad: { locked: true, value: true },
    portBindingBehavior: { locked: false, value: 'local-only-port-binding' },
    enhancedContainerIsolation: { locked: true, value: false },
  });
  const policy = mergeSettings({ lapsed, user: user({ [key]: { value: false } }), required: true });
  expect(policy.mode).toBe('strictest');
  expect(policy.rows.every((row) => row.locked)).toBe(true);
  expect(look(policy, key)).toEqual([true, 'admin', true, `${LOCKED} false`]);
  expect(look(policy, 'portBindingBehavior').slice(0, 2)).toEqual(['default-port-binding', 'strictest']);
  expect(look(policy, 'enhancedContainerIsolation').slice(0, 2)).toEqual([{ value: true }, 'strictest']);
});

const off = { enhancedContainerIsolation: { value: false } };

test('isolation is a user’s to turn off only on a machine of their own, or where it was unlocked by name', () => {
  expect(look(mergeSettings({ user: user(off), required: false }), 'enhancedContainerIsolation')[0]).toEqual({
    value: false,
  });
  const silent = mergeSettings({ admin: admin({}), user: user(off), required: true });
  expect(look(silent, 'enhancedContainerIsolation')).toEqual([
    { value: true },
    'default',
    true,
    `${LOCKED} {"value":false}`,
  ]);
  const open = admin({ enhancedContainerIsolation: { locked: false, value: true } });
  expect(
    look(mergeSettings({ admin: open, user: user(off), required: true }), 'enhancedContainerIsolation')[1],
  ).toBe('user');
});

test('nobody can have a listener without TLS', () => {
  const asked = { exposeDockerAPIOnTCP2375: { locked: true, value: true } };
  expect(look(mergeSettings({ admin: admin(asked), required: true }), 'exposeDockerAPIOnTCP2375')).toEqual([
    false,
    'admin',
    true,
    'Not true: there is no listener without client certificates',
  ]);
});

test('the text of a policy depends on what is in force, not on the order in which it was written', () => {
  const proxy = { locked: true, mode: 'manual', http: 'http://p:1' };
  const other = { http: 'http://p:1', mode: 'manual', locked: true };
  const text = (value: object) =>
    policyText(mergeSettings({ admin: admin({ proxy: value }), required: true }));
  expect(text(other)).toBe(text(proxy));
  expect(text({ ...proxy, http: 'http://q:1' })).not.toBe(text(proxy));
  expect(text({ ...proxy, locked: false })).not.toBe(text(proxy));
});
