import { expect, test } from 'vitest';
import { PowerSwitch } from './power-switch.ts';

test('the first request begins, its echo is nothing, the second hastens, once', () => {
  const done: string[] = [];
  let now = 1000;
  const power = new PowerSwitch({
    clock: () => now,
    begin: (mode) => done.push(mode),
    hasten: () => done.push('hasten'),
  });
  power.request('reboot');
  now += 500;
  power.request('poweroff');
  expect(done).toEqual(['reboot']);
  now += 5000;
  power.request('poweroff');
  power.request('poweroff');
  expect(done).toEqual(['reboot', 'hasten']);
});
