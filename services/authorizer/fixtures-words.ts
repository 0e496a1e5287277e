import type { ApiRequest } from './request.ts';

/** How refusals read where all is built in. */
export const isolation = 'setting enhancedContainerIsolation, built in, not locked]';
export const mounts = (source: string) =>
  `can't mount ${source} because it's configured as a restricted host mount [rule mounts; ${isolation}`;
export const socket = (image: string) =>
  `enhanced container isolation: docker socket mount denied for container with image "${image}"; image is not in the ` +
  'allowed list; if you wish to allow it, configure the docker socket image list in admin-settings.json ' +
  '[rule socket-mount; setting enhancedContainerIsolation.dockerSocketMount, built in, not locked]';
export const because = '(because they use the linux user-namespace for isolation)';
export const shared = (what: string) =>
  `invalid or unsupported container spec: bulkhead containers can't share namespaces [${what}] with the host ${because} ` +
  `[rule namespaces; ${isolation}`;
export const sharedNetwork =
  "invalid or unsupported container spec: bulkhead containers can't share a network namespace with the host " +
  `${because} [rule namespaces; ${isolation}`;
export const volume = (type: string, device: string, o: string) =>
  `a volume with type=${type}, device=${device}, o=${o} is not allowed: it would be a mount by driver options; of ` +
  `these, only type=tmpfs is allowed [rule volume-driver; ${isolation}`;
export const plugins = 'rule plugins; setting bulkhead.plugins, built in, not locked]';
export const logs = 'rule log-driver; always in force]';

/** Rows with a title that a person can read. */
export const titled = (list: [ApiRequest, string][]): [string, ApiRequest, string][] =>
  list.map(([asked, wanted]) => [`${asked.method} ${asked.uri} ${asked.body}`, asked, wanted]);
