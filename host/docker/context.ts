import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from '../../policy/zod.ts';
import type { Authority } from '../certificates/authority.ts';
import { CERTIFICATE_FILES } from '../certificates/files.ts';
import { HostError, isHostError } from '../errors.ts';
import { DEFAULT_NAME } from '../machine/name.ts';
import type { MachinePaths } from '../machine/paths.ts';
import { loadJson, saveJson, saveText } from '../machine/store.ts';

/**
 * The docker CLI's context store (docker/cli, cli/context/store): `contexts/meta/<sha256 of the name>/meta.json`
 * and `contexts/tls/<sha256 of the name>/<endpoint>/`. Metadata may hold fields of others; ours says whose it is.
 */
const contextMetadata = z.looseObject({
  Name: z.string(),
  Metadata: z.optional(
    z.looseObject({ Description: z.optional(z.string()), BulkheadMachine: z.optional(z.string()) }),
  ),
  Endpoints: z.optional(
    z.looseObject({ docker: z.optional(z.looseObject({ Host: z.optional(z.string()) })) }),
  ),
});

export function contextName(machine: string): string {
  return machine === DEFAULT_NAME ? machine : `bulkhead-${machine}`;
}

/**
 * Writes the VM's docker context; which one is in use is left to the user.
 * @throws {HostError} `context-foreign` when one of that name is not this VM's
 */
export async function writeContext(paths: MachinePaths, port: number, authority: Authority): Promise<void> {
  const name = contextName(paths.name);
  const { meta, tls } = directories(paths, name);
  await refuseForeign(paths, meta, name);
  const endpoint = join(tls, 'docker');
  await mkdir(endpoint, { recursive: true, mode: 0o700 });
  await mkdir(meta, { recursive: true, mode: 0o755 });
  await saveText(join(endpoint, CERTIFICATE_FILES.ca), authority.certificate);
  await saveText(join(endpoint, CERTIFICATE_FILES.certificate), authority.client.certificate);
  await saveText(join(endpoint, CERTIFICATE_FILES.key), authority.client.key);
  await saveJson(join(meta, 'meta.json'), {
    Name: name,
    Metadata: { Description: `Bulkhead VM ${paths.name}`, BulkheadMachine: paths.data },
    Endpoints: { docker: { Host: endpointHost(port), SkipTLSVerify: false } },
  });
}

/** Removes the VM's context; one of that name that is not this VM's stays. */
export async function removeContext(paths: MachinePaths): Promise<void> {
  const { meta, tls } = directories(paths, contextName(paths.name));
  try {
    await refuseForeign(paths, meta, contextName(paths.name));
  } catch (error) {
    if (isHostError(error, 'context-foreign')) return;
    throw error;
  }
  for (const directory of [meta, tls]) await rm(directory, { recursive: true, force: true });
}

/** What keeps the VM's context from leading to it; undefined when it does. */
export async function contextProblem(paths: MachinePaths, port: number): Promise<string | undefined> {
  const name = contextName(paths.name);
  try {
    const found = await load(directories(paths, name).meta);
    if (found === undefined) return `there is no docker context ${name}`;
    if (found.Metadata?.BulkheadMachine !== paths.data) return `the docker context ${name} is not this VM's`;
    const host = found.Endpoints?.docker?.Host;
    return host === endpointHost(port) ? undefined : `the docker context ${name} leads to ${host}`;
  } catch (error) {
    if (isHostError(error, 'state-damaged')) return error.message;
    throw error;
  }
}

export function endpointHost(port: number): string {
  return `tcp://127.0.0.1:${port}`;
}

async function refuseForeign(paths: MachinePaths, meta: string, name: string): Promise<void> {
  const found = await load(meta);
  if (found === undefined || found.Metadata?.BulkheadMachine === paths.data) return;
  throw new HostError(
    'context-foreign',
    `there is a docker context ${name} that is not this VM's: left as it is`,
  );
}

function load(meta: string) {
  return loadJson(join(meta, 'meta.json'), contextMetadata);
}

function directories(paths: MachinePaths, name: string): { meta: string; tls: string } {
  const id = createHash('sha256').update(name).digest('hex');
  const contexts = join(paths.dockerConfig, 'contexts');
  return { meta: join(contexts, 'meta', id), tls: join(contexts, 'tls', id) };
}
