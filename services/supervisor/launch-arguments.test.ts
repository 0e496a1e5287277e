import { expect, it } from 'vitest';
import { launchArguments } from './launch-arguments.ts';
import { service } from './testing.ts';

it('spells a confined service out', () => {
  const definition = service('warden', {
    uid: 200,
    gid: 201,
    oomScoreAdj: -500,
    limits: { openFiles: 256, processes: 32 },
    capabilities: ['NET_ADMIN', 'KILL'],
    descriptors: [7, 9],
    executes: false,
    args: ['--config', '--'],
  });
  expect(launchArguments(definition, '/sys/fs/cgroup/bulkhead/warden').join(' ')).toBe(
    '--cgroup /sys/fs/cgroup/bulkhead/warden --uid 200 --gid 201 --caps NET_ADMIN,KILL --oom -500 --nofile 256' +
      ' --nproc 32 --fds 2 --no-new-privs --no-exec -- /usr/bin/warden --config --',
  );
});

it('spells the engine out', () => {
  const definition = service('dockerd', { capabilities: 'all', noNewPrivileges: false });
  expect(launchArguments(definition, '/c').join(' ')).toBe(
    '--cgroup /c --uid 0 --gid 0 --caps all --oom 0 --nofile 1024 -- /usr/bin/dockerd',
  );
});

it('says none where a service has no capability', () => {
  expect(launchArguments(service('x'), '/c')).toContain('none');
});
