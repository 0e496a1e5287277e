/**
 * The four functions of decorator metadata that tsyringe, which @peculiar/x509 is built on, asks for before it
 * loads. Only what a class carries itself or inherits; `reflect-metadata` does the same in 1,100 lines.
 */
type Entries = Map<unknown, unknown>;
const known = new WeakMap<object, Entries>();

function own(key: unknown, target: object): unknown {
  return known.get(target)?.get(key);
}

function inherited(key: unknown, target: object): unknown {
  for (let at: object | null = target; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    if (known.get(at)?.has(key)) return own(key, at);
  }
  return undefined;
}

function define(key: unknown, value: unknown, target: object): void {
  const entries: Entries = known.get(target) ?? new Map();
  known.set(target, entries.set(key, value));
}

if (!('getMetadata' in Reflect)) {
  Object.assign(Reflect, {
    getMetadata: inherited,
    getOwnMetadata: own,
    defineMetadata: define,
    metadata: (key: unknown, value: unknown) => (target: object) => define(key, value, target),
  });
}
