import { renameSync, writeFileSync } from 'node:fs';
import {
  DOCKERD_CONFIGURATION,
  type EngineSettings,
  insecurities,
  renderDaemonConfiguration,
} from '../../services/dockerd/configuration.ts';
import { builtIn } from '../built-in.ts';
import { ENGINE_PATH } from '../executables/expose.ts';
import { BootError } from '../failure.ts';

/** The control of the tests asks nobody, as any other engine. */
const AUTHORIZATION = builtIn.flavour !== 'stock';

/**
 * Writes daemon.json, whole or not at all; dockerd reads it when it starts, and some of it on SIGHUP.
 * @param containers what becomes of them when dockerd stops: `go-on` (live-restore), or `stop` with it
 * @throws {BootError} `insecure-configuration` when somebody could get in without a client certificate
 */
export function writeDaemonConfiguration(settings: EngineSettings, containers: 'go-on' | 'stop'): void {
  const configuration = renderDaemonConfiguration({
    programs: ENGINE_PATH,
    liveRestore: containers === 'go-on',
    authorization: AUTHORIZATION,
    settings,
  });
  const problems = insecurities(configuration, AUTHORIZATION);
  if (problems.length > 0) throw new BootError('insecure-configuration', problems.join('; '));
  writeFileSync(`${DOCKERD_CONFIGURATION}.new`, JSON.stringify(configuration, null, 2), { mode: 0o600 });
  renameSync(`${DOCKERD_CONFIGURATION}.new`, DOCKERD_CONFIGURATION);
}
