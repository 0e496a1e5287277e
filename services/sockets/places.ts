/** Sockets of containers, each named by the container's id. Files made here belong to group 0: set-group-id (inode(7)). */
export const SOCKETS_FOLDER = '/run/bulkhead/sockets';
/** Where the warden asks for one. */
export const DOOR_FOLDER = '/run/bulkhead/sockets-door';
export const DOOR_SOCKET = `${DOOR_FOLDER}/door.sock`;

export const CONTAINER_ID = /^[0-9a-f]{64}$/;

/** A socket's file. */
export const SOCKET_NAME = /^([0-9a-f]{64})\.sock$/;

/** The other way round, by the file's name. @throws {RangeError} */
export function containerOf(name: string): string {
  const id = SOCKET_NAME.exec(name)?.[1];
  if (id === undefined) throw new RangeError('no container has a socket of that name');
  return id;
}

/** @param id all of its 64 digits */
export function socketOf(id: string, folder = SOCKETS_FOLDER): string {
  return `${folder}/${id}.sock`;
}
