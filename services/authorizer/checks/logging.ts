import type { RequestPolicy } from '../../../policy/runtime/api.ts';
import { shown } from '../../warden/decision/refusal.ts';
import { Denied } from '../denial.ts';
import type { Fields } from '../fields.ts';

/** A path, or an address of the VM itself: no business of a container. */
const inward =
  /^\/|^(unix|unixgram|npipe|file):|(^|\/\/|@)(localhost|127\.|0\.0\.0\.0|\[?::1?\]?([:/]|$)|\[?::ffff:127\.)/i;

/**
 * dockerd itself dials and writes for log drivers, as root of the VM.
 * @param config `LogConfig` of a container, or `LogDriver` of a service
 * @param name how its member with the driver's name is called
 */
export function judgeLogging(config: Fields, name: 'Type' | 'Name', { logDrivers }: RequestPolicy): void {
  const driver = config.text(name);
  if (driver !== '' && !logDrivers.includes(driver))
    throw new Denied(
      'log-driver',
      `log driver ${shown(driver)} is not allowed; allowed are ${logDrivers.join(', ')}`,
    );
  for (const [option, value] of Object.entries(config.map(name === 'Type' ? 'Config' : 'Options')))
    if (/address|url|path|file$|cert|key$|endpoint/i.test(option) && inward.test(value.trim()))
      throw new Denied('log-driver', `log option ${shown(option)} leads into the VM: ${shown(value)}`);
}
