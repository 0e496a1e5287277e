import { openAuthority } from '../../host/certificates/authority.ts';
import { engineEndpoint } from '../../host/engine/connect.ts';
import { BenchVm } from '../vm.ts';
import type { Contender } from './contender.ts';
import type { Hardware } from './hardware.ts';

/** The image in `dist`, started as `bulkhead up --boot direct` does, apart from the user's own VMs. */
export function bulkheadContender(options: { dist: string; folder: string; hardware: Hardware }): Contender {
  const { dist, folder, hardware } = options;
  const vm = new BenchVm('bench', folder);
  return {
    name: 'bulkhead',
    reset: () => vm.remove(),
    async endpoint(port) {
      await openAuthority(vm.paths.authority, { name: vm.name });
      return engineEndpoint(vm.paths, port);
    },
    async start(port, signal) {
      // direct as the Debian VM: no firmware on either side
      return (await vm.start(hardware, { image: dist, boot: 'direct', port, signal })).record;
    },
    stop: () => vm.stop(),
  };
}
