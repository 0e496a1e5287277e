/**
 * Certificates that the VM makes for itself, for one boot: of the authorizer, and of containers that may have the engine's
 * socket. dockerd takes clients of this authority and of the host's; the authorizer tells them apart.
 */
export const INNER_AUTHORITY = { name: 'bulkhead VM', unit: 'bulkhead:vm' } as const;
export const AUTHORIZER_SUBJECT = { name: 'authorizer', unit: 'bulkhead:authorizer' } as const;
/** @param id all of its 64 digits */
export const containerSubject = (id: string) => ({ name: id, unit: 'bulkhead:container' });

/** Public, beside the orders. */
export const INNER_AUTHORITY_FILE = '/run/bulkhead/policy/inner-authority.pem';
/** The host's authority, which certified the engine. */
export const HOST_AUTHORITY_FILE = '/run/bulkhead/policy/host-authority.pem';
/** Private keys, each readable by one service. */
export const KEYS_FOLDER = '/run/bulkhead/keys';
/** The authorizer's certificate and key. */
export const AUTHORIZER_KEY_FILE = `${KEYS_FOLDER}/authorizer.pem`;
/** The authority's key, of the service that certifies containers. */
export const INNER_KEY_FILE = `${KEYS_FOLDER}/sockets.pem`;
