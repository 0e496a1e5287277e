import { fileURLToPath } from 'node:url';
import { type Command, Option } from 'commander';
import { contextName } from '../docker/context.ts';
import { HostError } from '../errors.ts';
import type { AcceleratorChoice } from '../machine/accelerator.ts';
import { parseSize } from '../machine/size.ts';
import type { Machine } from '../machine/start.ts';
import { showProgress } from './report.ts';
import { nameArgument, nameOf, type Session } from './session.ts';

interface Options {
  image: string;
  key?: string;
  memory: string;
  cpus: string;
  diskSize?: string;
  port?: string;
  accel: AcceleratorChoice;
  boot: 'uefi' | 'direct';
  timeout: string;
  json?: boolean;
}

const MIB = 2 ** 20;
/** Options that a running VM does not take. */
const WHEN_STARTED = ['image', 'key', 'memory', 'cpus', 'diskSize', 'accel', 'boot'] as const;

export function addUp(program: Command, session: Session): Command {
  return program
    .command('up')
    .description('start the VM and wait until its engine answers')
    .option(
      '--image <dir>',
      'folder with the built image',
      fileURLToPath(new URL('../../dist', import.meta.url)),
    )
    .option(
      '--key <file>',
      'public key that must have signed the image (default: bulkhead.pub in its folder)',
    )
    .option('--memory <size>', 'of the VM, in MiB or like 4G', '2048')
    .option('--cpus <n>', 'of the VM', '2')
    .option('--disk-size <size>', 'of the data disk, like 40G; it grows and never shrinks (default: 20G)')
    .option('--port <n>', 'on 127.0.0.1, for the engine (default: a free one, kept)')
    .addOption(
      new Option('--accel <which>', 'how QEMU runs the CPU').choices(['auto', 'tcg', 'kvm']).default('auto'),
    )
    .addOption(
      new Option('--boot <how>', 'uefi: by firmware with Secure Boot on; direct: kernel given to QEMU')
        .choices(['uefi', 'direct'])
        .default('uefi'),
    )
    .option('--timeout <seconds>', 'how long the VM may take to be ready', '300')
    .option('--json', 'print the result as JSON')
    .action(async (options: Options, command: Command) => {
      const { startMachine } = await import('../machine/start.ts'); // with X.509, which no other command needs
      const { onProgress, end } = showProgress();
      const name = nameOf(command);
      try {
        const machine = await startMachine({
          name,
          image: options.image,
          publicKey: options.key,
          memory: Math.ceil(parseSize(options.memory, 'M') / MIB),
          cpus: integer('--cpus', options.cpus, 1, 256),
          diskSize: options.diskSize === undefined ? undefined : parseSize(options.diskSize, 'G'),
          port: options.port === undefined ? undefined : integer('--port', options.port, 1, 65535),
          accelerator: options.accel,
          boot: options.boot,
          timeout: seconds('--timeout', options.timeout),
          signal: session.signal,
          onProgress,
        });
        end();
        const fixed = WHEN_STARTED.filter((key) => command.getOptionValueSource(key) === 'cli');
        if (machine.alreadyRunning && fixed.length > 0) {
          onProgress({
            kind: 'note',
            text: `only a start takes ${fixed.join(', ')}: \`bulkhead down\` first`,
          });
        }
        process.stdout.write(options.json ? `${JSON.stringify(resultOf(machine))}\n` : formatResult(machine));
      } finally {
        end();
      }
    });
}

function resultOf({ name, record, alreadyRunning, readyAfter }: Machine) {
  const { pid, port, accelerator } = record;
  const context = contextName(name);
  return { name, pid, port, accelerator, context, alreadyRunning, readyAfter: Math.round(readyAfter) };
}

function formatResult({ name, alreadyRunning, readyAfter }: Machine): string {
  const what = alreadyRunning ? 'is already running' : `is ready after ${(readyAfter / 1000).toFixed(1)} s`;
  const ways = `docker --context ${contextName(name)} ps     or: bulkhead${nameArgument(name)} docker ps`;
  return `${name} ${what}\n  ${ways}\n`;
}

/** @throws {HostError} `bad-option` */
export function integer(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new HostError(
    'bad-option',
    `${option} wants a number from ${least} to ${most}, not ${JSON.stringify(text)}`,
  );
}

/** @returns milliseconds. @throws {HostError} `bad-option` */
export function seconds(option: string, text: string): number {
  return integer(option, text, 1, 86_400) * 1000;
}
