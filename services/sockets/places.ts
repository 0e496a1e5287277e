/** Sockets of containers, each named by the container's id. Files made here belong to group 0: set-group-id (inode(7)). */
export const SOCKETS_FOLDER = '/run/bulkhead/sockets';
/** Where the warden asks for one. */
export const DOOR_FOLDER = '/run/bulkhead/sockets-door';
export const DOOR_SOCKET = `${DOOR_FOLDER}/door.sock`;

export const CONTAINER_ID = /^[0-9a-f]{64}$/;

/** @param id all of its 64 digits */
export function socketOf(id: string, folder = SOCKETS_FOLDER): string {
  return `${folder}/${id}.sock`;
}
