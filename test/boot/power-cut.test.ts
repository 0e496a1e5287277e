import { expect, onTestFinished, test } from 'vitest';
import { runContainer } from '../../host/engine/run.ts';
import { readEvents } from '../../host/events/events.ts';
import { runningRecord } from '../../host/machine/record.ts';
import { stopMachine } from '../../host/machine/stop.ts';
import { QmpClient } from '../../host/qmp/client.ts';
import { deadline } from '../harness/deadline.ts';
import { TestVm } from '../harness/vm.ts';

const IMAGE = 'bulkhead/hello';
const volume = { Image: IMAGE, HostConfig: { Binds: ['kept:/kept'] } };

test('what was synced survives kill -9 of QEMU; a clean stop gives containers their time; the power button works', async () => {
  const vm = new TestVm('power-cut');
  onTestFinished(() => vm.dispose());
  const timeout = deadline(4);
  await vm.start({ timeout, diskSize: 4 * 2 ** 30 });
  const first = await vm.engine();
  await first.loadImage('dist/hello.tar');
  const write = ['sh', '-c', 'echo precious > /kept/data && sync'];
  expect(await runContainer(first, { ...volume, Cmd: write })).toMatchObject({ exitCode: 0 });
  const busy = await first.createContainer({
    ...volume,
    Cmd: ['sh', '-c', 'while :; do dd if=/dev/zero of=/kept/noise bs=64k count=64; done'],
  });
  await first.startContainer(busy);
  await vm.powerCut();

  await vm.start({ timeout, diskSize: 6 * 2 ** 30 });
  const second = await vm.engine();
  const phases = (await readEvents(vm.paths.events)).filter(
    (event) => event.kind === 'phase' && event.phase.name === 'data-disk',
  );
  expect(phases.at(-1)).toMatchObject({ phase: { state: 'done' } });
  expect(vm.console()).toContain('grown');
  expect(await runContainer(second, { ...volume, Cmd: ['cat', '/kept/data'] })).toMatchObject({
    stdout: 'precious\n',
  });

  const polite = [
    'sh',
    '-c',
    'trap "echo goodbye > /kept/goodbye; sync; exit 0" TERM; while :; do sleep 1; done',
  ];
  const id = await second.createContainer({ ...volume, Cmd: polite });
  await second.startContainer(id);
  expect(await stopMachine({ name: vm.name, env: vm.env, timeout })).toEqual({ stopped: 'guest' });
  expect(vm.console()).toContain('power off');

  await vm.start({ timeout });
  expect(vm.console()).toContain('/dev/vdb on /var/lib, clean');
  const third = await vm.engine();
  expect(await runContainer(third, { ...volume, Cmd: ['cat', '/kept/goodbye'] })).toMatchObject({
    stdout: 'goodbye\n',
  });

  const qmp = await QmpClient.connect(vm.paths.qmp);
  await qmp.execute('system_powerdown');
  await expect.poll(() => runningRecord(vm.paths), { timeout: deadline(1), interval: 500 }).toBeUndefined();
  expect(vm.console()).toContain('the power button was pressed');
  expect(vm.console()).toContain('power off');
});
