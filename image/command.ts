import { spawn } from 'node:child_process';
import { ImageError } from './error.ts';

/** The programs of this machine that a build uses, and the Debian package each is in. */
export const HOST_TOOLS = {
  gpgv: { package: 'gpgv', why: "checks the archive's signatures" },
  xz: { package: 'xz-utils', why: 'unpacks package lists and kernel modules' },
  'dpkg-deb': { package: 'dpkg', why: 'unpacks packages' },
  strip: { package: 'binutils', why: 'takes symbols out of programs' },
  'musl-gcc': { package: 'musl-tools', why: 'builds the static programs' },
} as const;
export type HostTool = keyof typeof HOST_TOOLS;

export interface CommandResult {
  code: number;
  stdout: Buffer;
  stderr: string;
  /** What it wrote to descriptor 3, when `status` was asked for. */
  status: string;
}

export interface CommandOptions {
  input?: Uint8Array;
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Opens descriptor 3 for the child to write to. */
  status?: boolean;
}

/**
 * Runs a program to its end without a shell, whatever its exit code.
 * @throws {ImageError} `tool-missing`, `command-failed` when a signal ended it
 */
export async function execute(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const child = spawn(program, args, {
    env: { ...(options.env ?? process.env), LC_ALL: 'C' },
    stdio: ['pipe', 'pipe', 'pipe', options.status ? 'pipe' : 'ignore'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const output: [Buffer[], Buffer[], Buffer[]] = [[], [], []];
  for (const [index, stream] of [child.stdout, child.stderr, child.stdio[3]].entries()) {
    if (stream && 'on' in stream) stream.on('data', (chunk: Buffer) => output[index]?.push(chunk));
  }
  // A program that ends before it has read everything closes the pipe; its exit code says why.
  child.stdin.on('error', () => child.stdin.destroy());
  child.stdin.end(options.input);
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exit, by) => resolve([exit, by]));
  }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? missing(program, error) : error;
  });
  const [stdout, stderr, status] = output.map((chunks) => Buffer.concat(chunks)) as [Buffer, Buffer, Buffer];
  if (code === null) {
    throw new ImageError('command-failed', `${program} was ended by ${signal}`, 'is there enough memory? Try again');
  }
  return { code, stdout, stderr: stderr.toString(), status: status.toString() };
}

/**
 * Runs a program that must succeed.
 * @returns what it wrote to its standard output
 * @throws {ImageError} `tool-missing`, `command-failed` with what it wrote to its standard error
 */
export async function run(program: string, args: readonly string[], options: CommandOptions = {}): Promise<Buffer> {
  const { code, stdout, stderr } = await execute(program, args, options);
  if (code === 0) return stdout;
  const said = stderr.trim().split('\n').slice(-15).join('\n');
  throw new ImageError(
    'command-failed',
    `${program} ended with code ${code}: ${said}`,
    `the command was: ${[program, ...args].join(' ')}`,
  );
}

function missing(program: string, cause: Error): ImageError {
  const tool = HOST_TOOLS[program as HostTool] as (typeof HOST_TOOLS)[HostTool] | undefined;
  const hint = tool === undefined ? `install ${program}` : `it ${tool.why}: apt-get install ${tool.package}`;
  return new ImageError('tool-missing', `${program} is not installed`, hint, { cause });
}
