import { permits } from '../../../policy/docker-socket/commands.ts';
import {
  canonicalName,
  type ImageFacts,
  isDerived,
  isImage,
  parseImagePattern,
  splitReference,
} from '../../../policy/docker-socket/images.ts';
import type { RequestPolicy } from '../../../policy/runtime/api.ts';
import { shown } from '../../warden/decision/refusal.ts';
import { Denied } from '../denial.ts';
import type { Endpoint } from '../endpoints.ts';
import type { Known } from '../known.ts';

/** The engine's socket by the names that it has in the VM: a container that asks for it gets one of its own. */
export const engineSocket = /^(\/var)?\/run\/docker\.sock$/;

/**
 * A container that asks for the engine's socket, before it is made. An image that is not here yet passes if any could be
 * allowed: the engine answers that it has none, and the client pulls it. What counts is asked again with each request that
 * comes out of the container (judgeContainer).
 * @throws Denied (socket-mount)
 */
export function judgeSocketMount(image: string, { socketMount }: RequestPolicy, known: Known): void {
  if (socketMount.images.length === 0 || image === '') throw denied(shownImage(image));
  const facts = known.image(image);
  if (facts !== undefined && !isAllowed(facts, socketMount, known)) throw denied(shownImage(image));
}

/**
 * A request out of a container, by the socket of its own. What image it has cannot be changed any more, and the settings
 * count that are in force now.
 * @param uri as the client wrote it
 * @throws Denied (socket-mount, socket-command)
 */
export function judgeContainer(
  { id, uri, rows }: { id: string; uri: string; rows: readonly Endpoint[] },
  { socketMount }: RequestPolicy,
  known: Known,
): void {
  const image = known.imageOf(id);
  if (image === undefined) throw new Denied('identity', `there is no container ${shown(id)}`);
  const facts = known.image(image);
  if (facts === undefined || !isAllowed(facts, socketMount, known))
    throw denied(shownImage(facts?.tags[0] ?? image));
  const named = rows.map(({ method, path }) => `${method} ${path}`);
  if (!permits(socketMount.commandList, named))
    throw new Denied(
      'socket-command',
      `enhanced container isolation: docker command "${shown(uri)}" is blocked; if you wish to allow it, configure ` +
        'the docker socket command list in admin-settings.json',
    );
}

function isAllowed(
  image: ImageFacts,
  { images, allowDerived }: RequestPolicy['socketMount'],
  known: Known,
): boolean {
  const patterns = images.flatMap((text) => parseImagePattern(text) ?? []);
  const isListed = (each: ImageFacts) => patterns.some((pattern) => isImage(pattern, each));
  if (isListed(image)) return true;
  if (!allowDerived) return false;
  const bases = known.images().filter(isListed);
  return bases.some(({ id }) => {
    const base = known.image(id);
    return base !== undefined && isDerived(image, base);
  });
}

function denied(image: string): Denied {
  return new Denied(
    'socket-mount',
    `enhanced container isolation: docker socket mount denied for container with image "${image}"; image is not in ` +
      'the allowed list; if you wish to allow it, configure the docker socket image list in admin-settings.json',
  );
}

/** Any other socket of an engine. @throws always */
export function refuseOtherSocket(image: string): never {
  throw denied(shownImage(image));
}

/** An image's name in full, without tag and digest, as ECI shows it: `docker` is `docker.io/library/docker`. */
export function shownImage(image: string): string {
  if (image === '' || /^(sha256:)?[0-9a-f]{64}$/.test(image)) return shown(image);
  const { name } = splitReference(image);
  return shown(name === '' ? image : canonicalName(name));
}
