import { describe, expect, it } from 'vitest';
import { changes } from '../../../policy/settings/change.ts';
import { rowOf } from '../../../policy/settings/effective.ts';
import { mergeSettings } from '../../../policy/settings/merge.ts';
import { parseSettings } from '../../../policy/settings/parse.ts';
import { unsigned } from './diff.ts';
import { formatChanges, formatPolicy, formatWhy, shown } from './rows.ts';

const read = (kind: 'admin' | 'user', settings: object) =>
  parseSettings(Buffer.from(JSON.stringify(settings)), kind);
const admin = read('admin', {
  organization: 'acme',
  serial: 7,
  blockDockerLoad: { locked: true, value: true },
  analyticsEnabled: { locked: true, value: false },
});
const user = read('user', { blockDockerLoad: { value: false }, bulkhead: { swarm: { value: false } } });
const managed = mergeSettings({ admin, user, required: true });
const unmanaged = mergeSettings({ user, required: false });

describe('formatPolicy()', () => {
  const text = formatPolicy(managed, [{ level: 'warn', message: 'look\u001b[2J', hint: 'here' }], false);

  it('says whose settings are in force, and who set each', () => {
    expect(text).toContain('settings of acme, serial 7\n');
    expect(text).toMatch(/^blockDockerLoad +true +administrator +locked$/m);
    expect(text).toMatch(/^bulkhead\.swarm +false +your settings$/m);
    expect(text).toMatch(/^analyticsEnabled +false +administrator +locked +no effect here$/m);
  });

  it('says what was asked for and did not count', () => {
    expect(text).toContain('blockDockerLoad: Locked by your administrator: not false');
  });

  it('leaves out what does nothing here and nobody set, unless asked', () => {
    expect(text).not.toContain('kubernetes');
    expect(formatPolicy(managed, [], true)).toContain('kubernetes');
  });

  it('steers no terminal', () => {
    expect(text).toContain('warning: look (here)');
    expect(text).not.toContain('\u001b');
  });
});

describe('formatWhy()', () => {
  it('of a locked setting', () => {
    const text = formatWhy(managed, rowOf(managed, 'blockDockerLoad'));
    expect(text).toContain('blockDockerLoad = true');
    expect(text).toContain('the document of acme, serial 7, says so');
    expect(text).toMatch(/^ {2}Locked by your administrator$/m);
    expect(text).toContain('passed over: Locked by your administrator: not false');
  });

  it('of one that the user set, and one that nobody did', () => {
    expect(formatWhy(unmanaged, rowOf(unmanaged, 'bulkhead.swarm'))).toContain('your own settings file');
    expect(formatWhy(unmanaged, rowOf(unmanaged, 'proxy'))).toContain('nobody set it');
  });

  it('of one that is as it is because signed settings are missing', () => {
    const strictest = mergeSettings({ user, required: true });
    expect(formatWhy(strictest, rowOf(strictest, 'blockDockerLoad'))).toContain('none are valid');
  });
});

describe('formatChanges()', () => {
  it('says what changes, and what that takes', () => {
    const text = formatChanges(changes(unmanaged, managed));
    expect(text).toMatch(/^blockDockerLoad +false +true +locked +at once$/m);
  });

  it('says that nothing does', () => {
    expect(formatChanges([])).toBe('nothing changes\n');
  });

  it('is the same for a document that is not signed yet', () => {
    expect(unsigned(unmanaged, admin, user)).toEqual(changes(unmanaged, managed));
  });
});

it.each([
  [null, '-'],
  ['a', 'a'],
  [['a', 1], '["a",1]'],
  ['x'.repeat(100), `${'x'.repeat(59)}…`],
])('shown(%j)', (value, text) => {
  expect(shown(value)).toBe(text);
});
