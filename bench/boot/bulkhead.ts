import { openAuthority } from '../../host/certificates/authority.ts';
import { engineEndpoint } from '../../host/engine/connect.ts';
import { deleteMachine } from '../../host/machine/delete.ts';
import { isolatedEnvironment, machinePaths } from '../../host/machine/paths.ts';
import { startMachine } from '../../host/machine/start.ts';
import { stopMachine } from '../../host/machine/stop.ts';
import type { Contender } from './contender.ts';
import type { Hardware } from './hardware.ts';

/** The image in `dist`, started as `bulkhead up --boot direct` does, apart from the user's own VMs. */
export function bulkheadContender(options: { dist: string; folder: string; hardware: Hardware }): Contender {
  const { dist, folder, hardware } = options;
  const name = 'bench';
  const env = isolatedEnvironment(folder);
  const paths = machinePaths(name, env);
  return {
    name: 'bulkhead',
    async reset() {
      await stopMachine({ name, env });
      await deleteMachine({ name, env });
    },
    async endpoint(port) {
      await openAuthority(paths.authority, { name });
      return engineEndpoint(paths, port);
    },
    async start(port, signal) {
      const machine = {
        accelerator: 'tcg',
        boot: 'direct', // as the Debian VM: no firmware on either side
        dockerContext: false,
        timeout: hardware.deadline,
        signal,
      } as const;
      const { memory, cpus } = hardware;
      return (await startMachine({ ...machine, settings: {}, name, env, image: dist, port, memory, cpus }))
        .record;
    },
    async stop() {
      await stopMachine({ name, env });
    },
  };
}
