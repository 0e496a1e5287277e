import { appendFileSync } from 'node:fs';
import * as pty from 'node-pty';
import { expect, onTestFinished, test } from 'vitest';
import { waitForEvent } from '../../host/events/events.ts';
import { qemuArguments } from '../../host/machine/arguments.ts';
import { QEMU } from '../../host/machine/launch.ts';
import { deadline } from '../harness/deadline.ts';
import { askStatus, guestOptions, reachInit } from '../harness/guest.ts';
import { TestVm } from '../harness/vm.ts';

const ESCAPE = '\x01'; // QEMU's own escape key on a multiplexed console: ctrl-a b sends BREAK
const keys = [
  '\r\n',
  '\x03',
  '\x04',
  '\x1a',
  '\x1c',
  'root\r',
  'sh\r',
  'reboot\r',
  `${ESCAPE}bh`,
  `${ESCAPE}bb`,
  `${ESCAPE}bc`,
  '\x1b[2~',
];

test('nothing typed at the serial console, BREAK and sysrq included, has any effect; DHCP gives an address', async () => {
  const vm = new TestVm('console');
  onTestFinished(() => vm.dispose());
  const options = await guestOptions(vm, { settings: ['bulkhead.net=dhcp'] });
  const args = qemuArguments(options).map((arg) =>
    arg.startsWith('file,id=console') ? 'stdio,id=console,mux=on,signal=off' : arg,
  );
  let terminal: pty.IPty | undefined;
  onTestFinished(() => terminal?.kill('SIGKILL'));
  const type = () => {
    for (const key of keys) terminal?.write(key);
  };
  await reachInit(vm, async () => {
    terminal?.kill('SIGKILL');
    terminal = pty.spawn(QEMU, args, { cols: 200, rows: 50 });
    terminal.onData((text) => appendFileSync(vm.paths.console, text));
  });
  type(); // while it boots
  await waitForEvent(
    vm.paths.events,
    (event) => event.kind === 'phase' && event.phase.name === 'network' && event.phase.state === 'done',
    {
      timeout: deadline(3),
    },
  );
  const before = await askStatus(vm, deadline(1));
  type(); // when it is up
  const after = await askStatus(vm, deadline(1));
  expect(after.bootId).toBe(before.bootId);
  expect(after.state).toBe('booting'); // it waits for a certificate that this test does not give
  expect(after.services.map(({ name, pid }) => [name, pid])).toEqual(
    before.services.map(({ name, pid }) => [name, pid]),
  );
  expect(vm.console()).not.toMatch(/sysrq|login:|Password|[#$] $|not found/i);
  expect(vm.console()).toContain('from DHCP');
});
