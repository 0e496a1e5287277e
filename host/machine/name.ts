import { HostError } from '../errors.ts';

export const DEFAULT_NAME = 'bulkhead';

const NAME = /^[a-z0-9][a-z0-9-]{0,31}$/;

/**
 * A VM's name: part of paths, of the docker context and of QEMU's arguments.
 * @throws {HostError} `bad-name`
 */
export function machineName(text: string): string {
  if (!NAME.test(text)) throw new HostError('bad-name', `${JSON.stringify(text)} is no name for a VM`);
  return text;
}
