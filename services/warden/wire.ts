import {
  type Fact,
  MOST_DOCUMENT_BYTES,
  MOST_ITEMS,
  type NamespaceOwner,
  type Operation,
  type Plan,
  type Request,
  type Verb,
  type Wish,
} from './messages.ts';

/**
 * Messages as bytes, simple enough for C: the size of what follows and the number of strings, then of each string
 * its length, its bytes and a NUL. Numbers are 32 bits, little-endian. The other side is services/runc/wire.c.
 */
const MOST_MESSAGE = 16 * 1024 * 1024;
const MOST_STRINGS = 64 * 1024;
const STRINGS_OF_A_FACT = 11;

/** What was said is no message of this protocol. */
export class WireError extends Error {
  override readonly name = 'WireError';
}

export function encodeMessage(strings: readonly (string | Buffer)[]): Buffer {
  const parts: Buffer[] = [];
  for (const text of strings) {
    const bytes = typeof text === 'string' ? Buffer.from(text, 'utf8') : text;
    if (bytes.includes(0)) throw new WireError('a string with a NUL cannot be sent');
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    parts.push(length, bytes, Buffer.alloc(1));
  }
  const body = Buffer.concat(parts);
  const header = Buffer.alloc(8);
  header.writeUInt32LE(body.length + 4, 0);
  header.writeUInt32LE(strings.length, 4);
  return Buffer.concat([header, body]);
}

/** Collects bytes until a message is whole. */
export class MessageReader {
  #chunks: Buffer[] = [];
  #size = 0;

  /** @returns the messages that `chunk` completes @throws {WireError} */
  push(chunk: Buffer): Buffer[][] {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    const messages: Buffer[][] = [];
    for (;;) {
      const wanted = this.#wanted();
      if (wanted === undefined || this.#size < 4 + wanted) return messages;
      const whole = this.#whole();
      messages.push(strings(whole.subarray(4, 4 + wanted)));
      this.#chunks = [whole.subarray(4 + wanted)];
      this.#size -= 4 + wanted;
    }
  }

  #wanted(): number | undefined {
    if (this.#size < 4) return undefined;
    if ((this.#chunks[0]?.length ?? 0) < 4) this.#whole();
    const size = this.#chunks[0]?.readUInt32LE(0) ?? 0;
    if (size < 4 || size > MOST_MESSAGE) throw new WireError(`a message of ${size} bytes`);
    return size;
  }

  #whole(): Buffer {
    const whole =
      this.#chunks.length === 1 && this.#chunks[0] ? this.#chunks[0] : Buffer.concat(this.#chunks);
    this.#chunks = [whole];
    return whole;
  }
}

function strings(payload: Buffer): Buffer[] {
  const count = payload.readUInt32LE(0);
  if (count === 0 || count > MOST_STRINGS) throw new WireError(`${count} strings`);
  const found: Buffer[] = [];
  let at = 4;
  for (let n = 0; n < count; n++) {
    if (payload.length - at < 5) throw new WireError('a message that ends early');
    const length = payload.readUInt32LE(at);
    at += 4;
    if (length > payload.length - at - 1 || payload[at + length] !== 0)
      throw new WireError('a string that does not end');
    const text = payload.subarray(at, at + length);
    if (text.includes(0)) throw new WireError('a string with a NUL');
    found.push(text);
    at += length + 1;
  }
  if (at !== payload.length) throw new WireError('more than was announced');
  return found;
}

const verbs: readonly string[] = ['create', 'run', 'exec', 'update'] satisfies Verb[];

/** @throws {WireError} */
export function decodeRequest(message: readonly Buffer[]): Request {
  const [kind, verb, id, stateRoot, bundle, document] = message;
  if (document === undefined || message.length !== 6 || String(kind) !== 'request')
    throw new WireError('no request');
  if (!verbs.includes(String(verb))) throw new WireError(`the verb ${String(verb)}`);
  if (document.length > MOST_DOCUMENT_BYTES) throw new WireError(`a document of ${document.length} bytes`);
  return {
    verb: String(verb) as Verb,
    id: String(id),
    stateRoot: String(stateRoot),
    bundle: String(bundle),
    document,
  };
}

export function encodeWishes(wishes: readonly Wish[]): Buffer {
  if (wishes.length > MOST_ITEMS) throw new WireError(`${wishes.length} things to open`);
  return encodeMessage(['open', ...wishes.flatMap(({ kind, path }) => [kind, path])]);
}

/** @param count of the wishes @throws {WireError} */
export function decodeFacts(message: readonly Buffer[], count: number): Fact[] {
  if (String(message[0]) !== 'facts' || message.length !== 1 + count * STRINGS_OF_A_FACT)
    throw new WireError('facts that do not answer the wishes');
  return Array.from({ length: count }, (_, n) => {
    const from = 1 + n * STRINGS_OF_A_FACT;
    return decodeFact(message.slice(from, from + STRINGS_OF_A_FACT).map(String));
  });
}

function decodeFact(strings: readonly string[]): Fact {
  const [errno = '', device = '', inode = '', mode = '', deviceNode = '', path = '', mountinfo = ''] =
    strings;
  if (!/^\d{1,4}$/.test(errno)) throw new WireError('an error that is no number');
  if (errno !== '0') return { opened: false, errno: Number(errno) };
  const owner = decodeOwner(strings.slice(7));
  return {
    opened: true,
    device,
    inode,
    mode: Number(mode),
    deviceNode,
    path,
    mountinfo,
    ...(owner === undefined ? {} : { owner }),
  };
}

function decodeOwner([who, nesting, uidMap = '', gidMap = '']: readonly string[]):
  | NamespaceOwner
  | undefined {
  if (who === 'vm') return { vm: true, child: false, uidMap: '', gidMap: '' };
  if (who === 'other') return { vm: false, child: nesting === 'child', uidMap, gidMap };
  return undefined;
}

export function encodePlan({ document, base, operations }: Plan): Buffer {
  return encodeMessage(['plan', document, String(base), ...operations.flatMap(words)]);
}

/** Isolation is off: crun gets the container as containerd wrote it. */
export function encodePass(): Buffer {
  return encodeMessage(['pass']);
}

export function encodeRefusal(message: string): Buffer {
  return encodeMessage(['refusal', message.replaceAll('\0', '\\0')]);
}

function words(operation: Operation): string[] {
  switch (operation.do) {
    case 'root':
      return ['root', String(operation.item), operation.set, operation.clear];
    case 'attach':
      return ['attach', String(operation.item), operation.target, operation.set, operation.clear];
    case 'slot':
      return ['slot', String(operation.item), String(operation.slot), operation.set, operation.clear];
    case 'mkdir':
    case 'mkfile':
      return [operation.do, operation.target];
    case 'device': {
      const { path, major, minor, mode } = operation;
      return ['device', path, String(major), String(minor), String(mode)];
    }
    case 'join':
      return ['join', String(operation.item)];
    case 'time':
    case 'seal':
      return [operation.do];
  }
}
