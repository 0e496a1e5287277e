/** What the engine says of an image (GET /images/{name}/json). */
export interface ImageFacts {
  /** `sha256:…`, of its configuration: no other image has it. */
  id: string;
  /** Names that it has here; anybody may give it another one. */
  tags: readonly string[];
  /** `name@sha256:…`: where it was pulled from or pushed to. `docker tag`, `build`, `load` and `commit` make none. */
  digests: readonly string[];
  /** Digests of its layers, lowest first. */
  layers: readonly string[];
}

/** One entry of `dockerSocketMount.imageList.images`. */
export type ImagePattern =
  | { kind: 'any' }
  | { kind: 'id'; id: string }
  | { kind: 'digest'; digest: string }
  /** `tag` undefined: any. */
  | { kind: 'name'; name: string; tag: string | undefined };

const NAME = /^[a-z0-9._:-]+(\/[a-z0-9._-]+)*$/;
const TAG = /^[\w][\w.-]{0,127}$/;

/** @returns undefined when it is no pattern */
export function parseImagePattern(text: string): ImagePattern | undefined {
  if (text === '*') return { kind: 'any' };
  const id = /^(?:sha256:)?([0-9a-f]{64})$/.exec(text)?.[1];
  if (id !== undefined) return { kind: 'id', id: `sha256:${id}` };
  const { name, tag, digest } = splitReference(text);
  if (!NAME.test(name)) return undefined;
  if (digest !== undefined)
    return /^sha256:[0-9a-f]{64}$/.test(digest)
      ? { kind: 'digest', digest: `${canonicalName(name)}@${digest}` }
      : undefined;
  if (tag === '*') return { kind: 'name', name: canonicalName(name), tag: undefined };
  if (tag !== undefined && !TAG.test(tag)) return undefined;
  return { kind: 'name', name: canonicalName(name), tag: tag ?? 'latest' };
}

/**
 * Whether an image is the one that is meant, not only named like it: for a name it must have come from that repository,
 * so that `docker tag evil docker:cli` does not help.
 */
export function isImage(pattern: ImagePattern, { id, tags, digests }: ImageFacts): boolean {
  switch (pattern.kind) {
    case 'any':
      return true;
    case 'id':
      return pattern.id === id;
    case 'digest':
      return digests.some((digest) => canonical(digest) === pattern.digest);
    case 'name': {
      const { name, tag } = pattern;
      const isFrom = digests.some((digest) => canonical(digest).startsWith(`${name}@`));
      return isFrom && (tag === undefined || tags.some((each) => canonical(each) === `${name}:${tag}`));
    }
  }
}

/** Whether `image` was built on `base`: its layers begin with all of those. */
export function isDerived(image: ImageFacts, base: ImageFacts): boolean {
  return base.layers.length > 0 && base.layers.every((layer, index) => image.layers[index] === layer);
}

/** `docker` is `docker.io/library/docker` (github.com/distribution/reference, normalize.go). @param name no tag or digest */
export function canonicalName(name: string): string {
  const [first = ''] = name.split('/');
  const hasDomain = name.includes('/') && (/[.:]/.test(first) || first === 'localhost');
  const whole = name.replace(/^index\.docker\.io\//, 'docker.io/');
  if (hasDomain) return whole.replace(/^docker\.io\/(?=[^/]+$)/, 'docker.io/library/');
  return name.includes('/') ? `docker.io/${name}` : `docker.io/library/${name}`;
}

/** NAME[:TAG][@DIGEST], as it is written. */
export function splitReference(text: string): { name: string; tag?: string; digest?: string } {
  const at = text.indexOf('@');
  const digest = at < 0 ? undefined : text.slice(at + 1);
  const rest = at < 0 ? text : text.slice(0, at);
  const [, name = rest, tag] = /^(.*):([^/:]*)$/s.exec(rest) ?? [];
  return { name, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) };
}

function canonical(reference: string): string {
  const { name, tag, digest } = splitReference(reference);
  return `${canonicalName(name)}${digest === undefined ? `:${tag ?? 'latest'}` : `@${digest}`}`;
}
