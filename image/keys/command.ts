import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ImageError } from '../error.ts';

/** More than any signature has, bytes. */
const MOST_BYTES = 64 * 1024;

/** Something else than a file of this machine that signs: a token, an agent, a person with a password. */
export interface SignCommand {
  /** A line for sh; what is asked for is appended to it. */
  line: string;
  /** minisign's public key file: told to the command as BULKHEAD_KEY. */
  publicKey: string;
}

/**
 * Runs `LINE minisign FILE COMMENT` or `LINE secure-boot FILE` and returns what it printed: a minisign signature with that
 * trusted comment, or an RSA signature as PKCS #1 v1.5 with SHA-256 makes it. It has the terminal, to ask for a password.
 * The caller checks what came.
 * @throws {ImageError} `signing-failed`
 */
export async function askSignCommand(
  { line, publicKey }: SignCommand,
  role: 'minisign' | 'secure-boot',
  data: Buffer,
  ...more: string[]
): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'bulkhead-sign-'));
  try {
    const file = join(folder, 'data');
    writeFileSync(file, data, { mode: 0o600 });
    return await outputOf(line, [role, file, ...more], publicKey);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function outputOf(line: string, args: readonly string[], publicKey: string): Promise<Buffer> {
  const failed = (why: string, cause?: unknown) =>
    new ImageError(
      'signing-failed',
      `the command that signs (${line} ${args[0]} …) ${why}`,
      'what it says is above; nothing was signed',
      { cause },
    );
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-c', `${line} "$@"`, 'sign', ...args], {
      stdio: ['inherit', 'pipe', 'inherit'],
      env: { ...process.env, BULKHEAD_KEY: publicKey },
    });
    const said: Buffer[] = [];
    let bytes = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MOST_BYTES) child.kill('SIGKILL');
      else said.push(chunk);
    });
    child.on('error', (cause) => reject(failed('could not be run', cause)));
    child.on('close', (code, signal) => {
      if (bytes > MOST_BYTES) reject(failed(`printed more than ${MOST_BYTES} bytes`));
      else if (code !== 0) reject(failed(`ended with ${signal ?? `exit code ${code}`}`));
      else resolve(Buffer.concat(said));
    });
  });
}
