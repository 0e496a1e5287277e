import type { Phase } from '../phase.ts';

/** Refuses a command line with words that it does not know before anything depends on it. */
export const commandLine: Phase = {
  name: 'command-line',
  needs: [],
  onFailure: 'hold',
  run(machine) {
    const { network } = machine.readSettings();
    return network.kind === 'dhcp' ? 'network by DHCP' : 'network from the launcher';
  },
};
