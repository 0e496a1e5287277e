import { formatSize } from '../machine/size.ts';

/** One look at this machine: what was found and, where it is not well, what to do. */
export interface Finding {
  name: string;
  /** `warn`: it works, less well; `fail`: `bulkhead up` will not. */
  level: 'ok' | 'warn' | 'fail';
  detail: string;
  hint?: string;
}

/** What is known of this machine. Bytes; undefined for what is not there or could not be found out. */
export interface Facts {
  nodeVersion: string;
  platform: string;
  arch: string;
  qemu: string | undefined;
  /** Why KVM cannot be used; undefined when it can. */
  kvmProblem: string | undefined;
  docker: string | undefined;
  cpus: number;
  memoryAvailable: number | undefined;
  diskFree: number | undefined;
  dataFolder: string;
  /** What is wrong with the folders of the VM. */
  folderProblem: string | undefined;
  /** What is wrong with the image; its version when nothing is. */
  image: { version: string } | { problem: string; hint: string };
  imageFolder: string;
  /** Of the VM named. */
  running: boolean;
  port: number | undefined;
  /** Whether something other than this VM listens there. */
  portTaken: boolean;
}

const GIB = 2 ** 30;
/** What `bulkhead up` gives a VM, and a little for QEMU itself. */
const MEMORY_WANTED = 2.3 * GIB;
const DISK_NEEDED = 0.5 * GIB;
const DISK_WANTED = 5 * GIB;

/** What a person should know of this machine before it runs a VM. Pure. */
export function diagnose(facts: Facts): Finding[] {
  return [
    checkNode(facts),
    checkPlatform(facts),
    facts.qemu === undefined
      ? fail(
          'QEMU',
          'qemu-system-x86_64 is not installed',
          'run `npm start`, which installs it, or install qemu-system-x86',
        )
      : ok('QEMU', facts.qemu),
    facts.kvmProblem === undefined
      ? ok('KVM', 'usable')
      : warn(
          'KVM',
          `not used: ${facts.kvmProblem}`,
          'the VM is emulated, which takes 5 to 20 times as long; switch virtualization on in firmware or hypervisor',
        ),
    checkMemory(facts),
    facts.cpus < 2
      ? warn('CPUs', `${facts.cpus}`, 'the VM has two; give this machine another one')
      : ok('CPUs', `${facts.cpus}`),
    checkDisk(facts),
    facts.folderProblem === undefined
      ? ok('folders', facts.dataFolder)
      : fail('folders', facts.folderProblem, 'make it yours alone, or set XDG_DATA_HOME to another one'),
    'version' in facts.image
      ? ok('image', `${facts.imageFolder}: ${facts.image.version}, signature and content hold`)
      : fail('image', facts.image.problem, facts.image.hint),
    checkPort(facts),
    facts.docker === undefined
      ? warn('docker client', 'not installed', 'install docker-cli or docker.io; `bulkhead up` works without')
      : ok('docker client', facts.docker),
  ];
}

function checkNode({ nodeVersion }: Facts): Finding {
  const [major = 0, minor = 0] = nodeVersion.replace(/^v/, '').split('.').map(Number);
  return major > 20 || (major === 20 && minor >= 15)
    ? ok('Node', nodeVersion)
    : fail('Node', `${nodeVersion} is too old`, 'install Node 20.15 or newer');
}

function checkPlatform({ platform, arch }: Facts): Finding {
  return platform === 'linux' && arch === 'x64'
    ? ok('platform', `${platform}, ${arch}`)
    : fail('platform', `${platform}, ${arch}`, 'bulkhead runs on Linux on x86-64');
}

function checkMemory({ memoryAvailable, running }: Facts): Finding {
  if (memoryAvailable === undefined) return warn('memory', 'unknown', 'is /proc mounted?');
  const detail = `${formatSize(memoryAvailable)} available`;
  if (running || memoryAvailable >= MEMORY_WANTED) return ok('memory', detail);
  return warn('memory', detail, 'close something, or give the VM less with `bulkhead up --memory`');
}

function checkDisk({ diskFree, dataFolder }: Facts): Finding {
  if (diskFree === undefined) return warn('disk', `${dataFolder}: unknown`, 'check the path');
  const detail = `${formatSize(diskFree)} free for ${dataFolder}`;
  if (diskFree < DISK_NEEDED)
    return fail('disk', detail, 'free space there, or set XDG_DATA_HOME to another disk');
  if (diskFree < DISK_WANTED)
    return warn('disk', detail, "images and containers need more: the VM's disk grows as it is written");
  return ok('disk', detail);
}

function checkPort({ port, portTaken, running }: Facts): Finding {
  if (port === undefined) return ok('port', 'a free one will be chosen');
  if (portTaken && !running)
    return fail(
      'port',
      `something else listens on 127.0.0.1:${port}`,
      'stop it, or choose another with `bulkhead up --port N`',
    );
  return ok('port', `127.0.0.1:${port}${running ? ', of the VM that runs' : ''}`);
}

function ok(name: string, detail: string): Finding {
  return { name, level: 'ok', detail };
}

function warn(name: string, detail: string, hint: string): Finding {
  return { name, level: 'warn', detail, hint };
}

function fail(name: string, detail: string, hint: string): Finding {
  return { name, level: 'fail', detail, hint };
}
