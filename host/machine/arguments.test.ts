import { expect, it } from 'vitest';
import { guestCommandLine, type QemuOptions, qemuArguments } from './arguments.ts';
import { type GuestNetwork, guestNetwork } from './network.ts';

const options: QemuOptions = {
  name: 'demo',
  accelerator: 'tcg',
  memory: 2048,
  cpus: 2,
  kernel: '/dist/vmlinuz',
  initramfs: '/dist/initramfs.gz',
  root: '/dist/root.erofs',
  dataDisk: '/data/a,b/data.img',
  stateDisk: '/data/state.img',
  commandLine: 'console=ttyS0 quiet',
  port: 2400,
  paths: {
    control: '/run/control.sock',
    events: '/state/a,b/events.log',
    console: '/state/console.log',
    qmp: '/run/qmp.sock',
    pidFile: '/run/qemu.pid',
    firmwareVariables: '/run/a,b/variables.fd',
  },
};

it('qemuArguments() gives exactly these', () => {
  expect(qemuArguments(options).join('\n')).toMatchInlineSnapshot(`
    "-name
    bulkhead-demo
    -accel
    tcg,thread=multi
    -cpu
    max
    -M
    q35
    -smp
    2
    -m
    2048M
    -nodefaults
    -no-user-config
    -no-reboot
    -display
    none
    -sandbox
    on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny
    -rtc
    base=utc
    -pidfile
    /run/qemu.pid
    -object
    rng-random,id=random,filename=/dev/urandom
    -device
    virtio-rng-pci,rng=random
    -device
    i6300esb
    -action
    watchdog=poweroff
    -kernel
    /dist/vmlinuz
    -initrd
    /dist/initramfs.gz
    -append
    console=ttyS0 quiet
    -blockdev
    {"node-name":"root","driver":"file","filename":"/dist/root.erofs","read-only":true}
    -device
    virtio-blk-pci,drive=root,serial=bulkhead-root
    -blockdev
    {"node-name":"data","driver":"file","filename":"/data/a,b/data.img","discard":"unmap"}
    -device
    virtio-blk-pci,drive=data,serial=bulkhead-data,discard=on
    -blockdev
    {"node-name":"state","driver":"file","filename":"/data/state.img"}
    -device
    virtio-blk-pci,drive=state,serial=bulkhead-state
    -netdev
    user,id=net,net=10.0.2.0/24,host=10.0.2.2,dhcpstart=10.0.2.15,dns=10.0.2.3,hostfwd=tcp:127.0.0.1:2400-:2376
    -device
    virtio-net-pci,netdev=net,romfile=
    -device
    virtio-serial-pci,id=channels
    -chardev
    socket,id=control,path=/run/control.sock,server=on,wait=off
    -device
    virtserialport,bus=channels.0,chardev=control,name=org.bulkhead.control.0
    -chardev
    file,id=events,path=/state/a,,b/events.log
    -device
    virtserialport,bus=channels.0,chardev=events,name=org.bulkhead.events.0
    -chardev
    file,id=console,path=/state/console.log
    -serial
    chardev:console
    -chardev
    socket,id=qmp,path=/run/qmp.sock,server=on,wait=off
    -mon
    chardev=qmp,mode=control"
  `);
});

it('qemuArguments() passes the CPU through under KVM', () => {
  const args = qemuArguments({ ...options, accelerator: 'kvm' }).join(' ');
  expect(args).toContain('-accel kvm -cpu host');
});

it('qemuArguments() offers no way to type into the guest and no monitor but QMP', () => {
  const args = qemuArguments(options).join(' ');
  expect(args).not.toMatch(/stdio|-monitor|-vnc|-nographic|pty|vc:/);
  expect(args).toContain('-nodefaults');
});

it("guestCommandLine() appends the network and settings to the manifest's words", () => {
  expect(guestCommandLine('console=ttyS0 ', ['bulkhead.hold=1'])).toBe(
    'console=ttyS0 bulkhead.net=10.0.2.15/24,10.0.2.2,10.0.2.3 bulkhead.hold=1',
  );
});

it('qemuArguments() through firmware gives QEMU no kernel, and the settings by SMBIOS', () => {
  const firmware = { code: '/c.fd', variables: '/v.fd', disk: '/boot.img', settings: ['bulkhead.net=a,b'] };
  const args = qemuArguments({ ...options, firmware });
  for (const direct of ['-kernel', '-initrd', '-append']) expect(args).not.toContain(direct);
  const text = args.join(' ');
  expect(text).toContain('-M q35,smm=on,pflash0=firmware,pflash1=variables');
  expect(text).toContain('-global driver=cfi.pflash01,property=secure,value=on');
  expect(text).toContain('"filename":"/run/a,b/variables.fd"');
  expect(text).toContain('drive=boot,serial=bulkhead-boot,bootindex=0 -boot strict=on');
  expect(text).toContain('-smbios type=11,value=bulkhead.net=a,,b');
});

it('both say the same of another subnet', () => {
  const other = guestNetwork('192.168.65.0/24') as GuestNetwork;
  expect(qemuArguments({ ...options, network: other }).join(' ')).toContain(
    'user,id=net,net=192.168.65.0/24,host=192.168.65.2,dhcpstart=192.168.65.15,dns=192.168.65.3,',
  );
  expect(guestCommandLine('', [], other)).toBe('bulkhead.net=192.168.65.15/24,192.168.65.2,192.168.65.3');
});
