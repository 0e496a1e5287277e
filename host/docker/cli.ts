import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { HostError, hasSystemCode } from '../errors.ts';
import type { MachinePaths } from '../machine/paths.ts';
import { endpointHost } from './context.ts';

/** The variables with which any docker client reaches the VM (docker CLI reference, environment variables). */
export function dockerEnvironment(
  paths: Pick<MachinePaths, 'authority'>,
  port: number,
): Record<string, string> {
  return { DOCKER_HOST: endpointHost(port), DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: paths.authority };
}

/**
 * Runs the machine's docker CLI against the VM, on this terminal.
 * @returns its exit code; 128 + n when signal n ended it
 * @throws {HostError} `docker-missing`
 */
export async function runDocker(
  args: readonly string[],
  environment: Record<string, string>,
  env: NodeJS.ProcessEnv = process.env,
): Promise<number> {
  const { DOCKER_CONTEXT: _, ...rest } = env; // it would win over DOCKER_HOST
  const child = spawn('docker', args, { stdio: 'inherit', env: { ...rest, ...environment } });
  // The terminal sends Ctrl-C to both; docker decides what it means.
  const ignore = () => undefined;
  process.on('SIGINT', ignore);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', (cause) => {
        const message = hasSystemCode(cause, 'ENOENT') ? 'there is no docker command' : cause.message;
        reject(new HostError('docker-missing', message, { cause }));
      });
      child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
    });
  } finally {
    process.off('SIGINT', ignore);
  }
}
