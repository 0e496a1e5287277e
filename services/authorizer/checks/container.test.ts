import { describe, expect, test } from 'vitest';
import { request, verdict } from '../fixtures.ts';
import {
  isolation,
  logs,
  mounts,
  plugins,
  shared,
  sharedNetwork,
  socket,
  volume,
} from '../fixtures-words.ts';

const create = (host: unknown, image = 'docker:cli') =>
  request('POST /v1.45/containers/create', { Image: image, HostConfig: host });

describe('HostConfig of a new container', () => {
  test.each<[string, unknown, string]>([
    ['nothing special', {}, 'allowed'],
    ['a volume', { Binds: ['data:/data:ro'] }, 'allowed'],
    ["a volume's folder", { Binds: ['/var/lib/docker/volumes/data/_data:/x'] }, 'allowed'],
    ['a folder that may be shared', { Binds: ['/home/ann/project:/x'] }, 'allowed'],
    ['an anonymous volume', { Binds: ['/etc'] }, 'allowed'],
    ['-v /etc', { Binds: ['/etc:/x'] }, mounts('/etc')],
    ['-v /', { Binds: ['/:/x'] }, mounts('/')],
    ['-v /home/../etc', { Binds: ['/home/../etc:/x'] }, mounts('/home/../etc')],
    ['-v //etc', { Binds: ['//etc:/x'] }, mounts('//etc')],
    ['-v /run', { Binds: ['/run:/x'] }, mounts('/run')],
    ['--mount of /run', { Mounts: [{ Type: 'bind', Source: '/run', Target: '/x' }] }, mounts('/run')],
    [
      '--mount beside -v',
      { Binds: ['a:/a'], Mounts: [{ Type: 'bind', Source: '/sys', Target: '/x' }] },
      mounts('/sys'),
    ],
    [
      '-v docker.sock',
      { Binds: ['/var/run/docker.sock:/var/run/docker.sock'] },
      socket('docker.io/library/docker'),
    ],
    [
      '--mount docker.sock',
      { Mounts: [{ Type: 'bind', Source: '/run/docker.sock', Target: '/s' }] },
      socket('docker.io/library/docker'),
    ],
    ['-v docker.sock/', { Binds: ['/var/run/docker.sock/:/s'] }, socket('docker.io/library/docker')],
    [
      '-v containerd.sock',
      { Binds: ['/run/bulkhead/containerd.sock:/s'] },
      socket('docker.io/library/docker'),
    ],
    [
      "the host's docker.sock",
      { Binds: ['/home/ann/.docker/run/docker.sock:/s'] },
      socket('docker.io/library/docker'),
    ],
    ['docker.sock by /proc', { Binds: ['/proc/1/root/run/x:/s'] }, mounts('/proc/1/root/run/x')],
    ['--pid=host', { PidMode: 'host' }, shared('pid')],
    [
      '--pid=host --uts=host --ipc=host',
      { PidMode: 'host', UTSMode: 'host', IpcMode: 'host' },
      shared('pid ipc uts'),
    ],
    ['--network=host', { NetworkMode: 'host' }, sharedNetwork],
    ['--network=container:x', { NetworkMode: 'container:x' }, 'allowed'],
    ['--userns=host', { UsernsMode: 'host', CgroupnsMode: 'host' }, 'allowed'],
    ['--privileged', { Privileged: true }, 'allowed'],
    [
      '--runtime',
      { Runtime: '/bin/sh' },
      `unknown or invalid runtime name: /bin/sh [rule runtime; ${isolation}`,
    ],
    ['--runtime=runc', { Runtime: 'runc' }, 'allowed'],
    [
      'an annotation for crun',
      { Annotations: { 'run.oci.seccomp_bpf_data': 'x' } },
      `annotation run.oci.seccomp_bpf_data is not allowed: a runtime would act on it [rule runtime; ${isolation}`,
    ],
    ['an annotation of no runtime', { Annotations: { note: 'x' } }, 'allowed'],
    [
      '--sysctl',
      { Sysctls: { 'kernel.core_pattern': 'x' } },
      `sysctl kernel.core_pattern is not allowed: it is not the container's own [rule sysctl; ${isolation}`,
    ],
    ['--sysctl net.…', { Sysctls: { 'net.ipv4.ip_forward': '1' } }, 'allowed'],
    [
      '--device',
      { Devices: [{ PathOnHost: '/dev/vda', PathInContainer: '/dev/vda' }] },
      'device /dev/vda is not allowed; allowed are /dev/null, /dev/zero, /dev/full, /dev/random, /dev/urandom, /dev/tty, /dev/fuse, /dev/net/tun [rule devices; setting bulkhead.devices, built in, not locked]',
    ],
    ['--device /dev/fuse', { Devices: [{ PathOnHost: '/dev/fuse' }] }, 'allowed'],
    [
      '--gpus',
      { DeviceRequests: [{ Count: -1 }] },
      'device requests (--gpus) are not allowed: the VM has no such devices [rule devices; setting bulkhead.devices, built in, not locked]',
    ],
    [
      '--log-driver syslog',
      { LogConfig: { Type: 'syslog', Config: {} } },
      `log driver syslog is not allowed; allowed are json-file, local, none [${logs}`,
    ],
    ['--log-opt', { LogConfig: { Type: 'json-file', Config: { 'max-size': '1m' } } }, 'allowed'],
    [
      '--volume-driver',
      { VolumeDriver: 'rexray' },
      `volume driver rexray is not allowed: drivers are plugins [${plugins}`,
    ],
    [
      'a volume of a driver',
      { Mounts: [{ Type: 'volume', VolumeOptions: { DriverConfig: { Name: 'x' } } }] },
      `volume driver x is not allowed: drivers are plugins [${plugins}`,
    ],
    [
      'a volume with options',
      {
        Mounts: [
          {
            Type: 'volume',
            VolumeOptions: { DriverConfig: { Options: { type: 'none', o: 'bind', device: '/etc' } } },
          },
        ],
      },
      volume('none', '/etc', 'bind'),
    ],
    ['tmpfs', { Mounts: [{ Type: 'tmpfs', Target: '/x' }], Tmpfs: { '/y': 'size=1m' } }, 'allowed'],
    [
      'a cluster volume',
      { Mounts: [{ Type: 'cluster' }] },
      `mounts of type cluster are not allowed [${plugins}`,
    ],
    [
      'published on every address',
      { PortBindings: { '80/tcp': [{ HostIp: '0.0.0.0', HostPort: '80' }] } },
      'allowed',
    ],
    [
      'a member of a newer engine',
      { Novelty: true },
      'this engine knows no HostConfig.Novelty, and would leave it out [rule member; always in force]',
    ],
    ['an empty member of a newer engine', { Novelty: { a: [], b: '' } }, 'allowed'],
    // as Go reads it: moby takes any case, and the last of two
    ['pidmode', { pidmode: 'host' }, shared('pid')],
    ['PIDMODE', { PIDMODE: 'host' }, shared('pid')],
    ['a Kelvin sign', { 'Networ\u212aMode': 'host' }, sharedNetwork],
    [
      'PidMode twice',
      { PidMode: '', pidMode: 'host' },
      'the body has HostConfig.PidMode twice [rule body; always in force]',
    ],
    [
      'Binds that are a text',
      { Binds: '/etc:/x' },
      'HostConfig.Binds in the body is not a list [rule body; always in force]',
    ],
  ])('%s', (_, host, wanted) => {
    expect(verdict(create(host))).toBe(wanted);
  });

  test('hostconfig in another case is the same', () => {
    const asked = request('POST /containers/create', { image: 'x', hostconfig: { PidMode: 'host' } });
    expect(verdict(asked)).toBe(shared('pid'));
  });

  test('without isolation it is as in any other engine', () => {
    for (const host of [{ PidMode: 'host' }, { Binds: ['/etc:/x'] }, { Sysctls: { 'vm.x': '1' } }])
      expect(verdict(create(host), { isolation: false })).toBe('allowed');
  });
});
