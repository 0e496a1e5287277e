import type { Fact, Request } from './messages.ts';
import { encodeMessage } from './wire.ts';

/** What services/runc/ writes, for tests. */
export function requestMessage({ verb, id, stateRoot, bundle, document }: Request): Buffer {
  return encodeMessage(['request', verb, id, stateRoot, bundle, document]);
}

export function factsMessage(facts: readonly Fact[]): Buffer {
  const strings = facts.map((fact) => {
    if (!fact.opened) return [String(fact.errno)];
    const { device, inode, mode, deviceNode, path, mountinfo } = fact;
    return ['0', device, inode, String(mode), deviceNode, path, mountinfo];
  });
  return encodeMessage([
    'facts',
    ...strings.flatMap((each) => [...each, ...Array<string>(11).fill('')].slice(0, 11)),
  ]);
}
