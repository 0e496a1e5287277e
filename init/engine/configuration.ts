import { renameSync, writeFileSync } from 'node:fs';
import {
  type DaemonConfiguration,
  DOCKERD_CONFIGURATION,
  insecurities,
} from '../../services/dockerd/configuration.ts';
import { builtIn } from '../built-in.ts';
import { BootError } from '../failure.ts';

/** The control of the tests asks nobody, as any other engine. */
export const AUTHORIZATION = builtIn.flavour !== 'stock';

/**
 * Writes daemon.json, whole or not at all.
 * @throws {BootError} `insecure-configuration` when somebody could get in without a client certificate
 */
export function writeDaemonConfiguration(configuration: DaemonConfiguration): void {
  const problems = insecurities(configuration, AUTHORIZATION);
  if (problems.length > 0) throw new BootError('insecure-configuration', problems.join('; '));
  writeFileSync(`${DOCKERD_CONFIGURATION}.new`, JSON.stringify(configuration, null, 2), { mode: 0o600 });
  renameSync(`${DOCKERD_CONFIGURATION}.new`, DOCKERD_CONFIGURATION);
}
