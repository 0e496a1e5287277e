import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CERTIFICATE_FILES } from '../certificates/files.ts';
import { HostError } from '../errors.ts';
import type { MachinePaths } from '../machine/paths.ts';
import { requireRunning } from '../machine/record.ts';
import { EngineClient } from './client.ts';
import type { Endpoint } from './transport.ts';

/** The endpoint of a VM on `port`, with the certificates in its data directory. */
export async function engineEndpoint(paths: MachinePaths, port: number): Promise<Endpoint> {
  const read = (file: keyof typeof CERTIFICATE_FILES) =>
    readFile(join(paths.authority, CERTIFICATE_FILES[file]), 'utf8').catch((cause: unknown) => {
      throw new HostError(
        'certificate-unusable',
        `${join(paths.authority, CERTIFICATE_FILES[file])} is missing`,
        { cause },
      );
    });
  const [ca, cert, key] = await Promise.all([read('ca'), read('certificate'), read('key')]);
  return { port, ca, cert, key };
}

/** A client of the running VM's engine. @throws {HostError} `not-running` */
export async function connectEngine(paths: MachinePaths): Promise<EngineClient> {
  const { port } = await requireRunning(paths);
  return new EngineClient(await engineEndpoint(paths, port));
}
