import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { SOCKETS_UID, socketsDefinition } from '../../services/sockets/definition.ts';
import { DOOR_FOLDER, DOOR_SOCKET, SOCKETS_FOLDER } from '../../services/sockets/places.ts';
import { WARDEN_UID } from '../../services/warden/definition.ts';
import { startAnswering } from '../answering.ts';
import type { Phase } from '../phase.ts';

/** Starts the service that gives containers a socket of the engine, where settings let them have one. */
export const sockets: Phase = {
  name: 'sockets',
  needs: ['manifest', 'control-groups', 'pseudo-file-systems', 'tls-key'],
  onFailure: 'hold',
  run: (machine) =>
    startAnswering(machine, {
      definition: socketsDefinition,
      socket: DOOR_SOCKET,
      failure: {
        code: 'sockets-not-ready',
        message: 'the service for sockets of containers does not answer',
      },
      prepare() {
        // What is made in these folders belongs to their group: inode(7), S_ISGID.
        folder(SOCKETS_FOLDER, 0, 0o2700);
        folder(DOOR_FOLDER, WARDEN_UID, 0o2710);
        machine.keptSockets.watch();
      },
    }),
};

function folder(path: string, group: number, mode: number): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  chownSync(path, SOCKETS_UID, group);
  chmodSync(path, mode);
}
