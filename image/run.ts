import { spawn } from 'node:child_process';
import { ImageError } from './error.ts';

/** Where administrators' tools are, for users whose PATH leaves them out. */
const PATH = `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`;

/** Runs a program of this machine. @returns its standard output @throws {ImageError} `tool-missing`, `command-failed` */
export function run(program: string, args: readonly string[], input?: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, PATH, LC_ALL: 'C.UTF-8' } });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.on('error', (cause: NodeJS.ErrnoException) => {
      const missing = cause.code === 'ENOENT';
      const hint = missing ? '`npm start` installs what is missing; or install the package that holds it' : 'see the cause';
      reject(new ImageError(missing ? 'tool-missing' : 'command-failed', `${program} could not be run`, hint, { cause }));
    });
    child.on('close', (code, signal) => {
      if (code === 0) resolve(Buffer.concat(out));
      else {
        const said = Buffer.concat(err).toString('utf8').trim().slice(-2000);
        const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
        reject(new ImageError('command-failed', `${program} ${args.slice(0, 3).join(' ')}… ended with ${how}`, said));
      }
    });
    child.stdin.on('error', () => child.kill());
    child.stdin.end(input);
  });
}
