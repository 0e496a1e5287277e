import { spawn } from 'node:child_process';
import { ImageError } from './error.ts';

/** The programs of this machine that a build runs, and the Debian package that holds each. */
export const hostTools: Readonly<Record<string, string>> = {
  gpgv: 'gpgv',
  xz: 'xz-utils',
  'dpkg-deb': 'dpkg',
  strip: 'binutils',
  'musl-gcc': 'musl-tools',
  '/usr/lib/apt/apt-helper': 'apt',
};

/** Where administrators' tools are, for users whose PATH leaves them out. */
const PATH = `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`;

export interface Ended {
  /** exit code, or the name of the signal */
  by: number | NodeJS.Signals;
  stdout: Buffer;
  stderr: string;
}

/** Runs a program of this machine to its end, whatever that is. @throws {ImageError} `tool-missing` */
export function execute(program: string, args: readonly string[], input?: Buffer): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, PATH, LC_ALL: 'C.UTF-8' },
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.on('error', (cause: NodeJS.ErrnoException) => {
      const missing = cause.code === 'ENOENT';
      const hint = missing ? `apt-get install ${hostTools[program] ?? program}` : 'see the cause';
      reject(
        new ImageError(missing ? 'tool-missing' : 'command-failed', `${program} could not be run`, hint, {
          cause,
        }),
      );
    });
    child.on('close', (code, signal) => {
      resolve({
        by: code ?? signal ?? 0,
        stdout: Buffer.concat(out),
        stderr: Buffer.concat(err).toString('utf8'),
      });
    });
    child.stdin.on('error', () => child.stdin.destroy()); // it ended before it had read all: its end says why
    child.stdin.end(input);
  });
}

/** Runs a program that must succeed. @returns its standard output @throws {ImageError} `tool-missing`, `command-failed` */
export async function run(program: string, args: readonly string[], input?: Buffer): Promise<Buffer> {
  const { by, stdout, stderr } = await execute(program, args, input);
  if (by === 0) return stdout;
  const how = typeof by === 'number' ? `exit code ${by}` : `signal ${by}`;
  const said = stderr.trim().slice(-2000);
  throw new ImageError('command-failed', `${program} ${args.slice(0, 3).join(' ')}… ended with ${how}`, said);
}
