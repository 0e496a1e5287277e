/** Random choices of which the same seed makes the same: a failure can be had again. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** From 0 to just below 1: mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** From 0 to `below` - 1. */
  below(below: number): number {
    return Math.floor(this.next() * below);
  }

  chance(of: number): boolean {
    return this.next() < of;
  }

  pick<T>(of: readonly T[]): T {
    const picked = of[this.below(of.length)];
    if (picked === undefined) throw new RangeError('nothing to pick from');
    return picked;
  }
}

/** What parsers stumble over, as text. */
const awkward = [
  ...[
    '',
    '\n',
    '\r\n',
    '\r',
    '\0',
    ' ',
    '=',
    '==',
    '\ufeff',
    'ü',
    '\ud800',
    '{',
    '[',
    '"',
    '\\',
    '-0',
    '1e999',
  ],
  ...[
    'untrusted comment: ',
    'trusted comment: ',
    '__proto__',
    'constructor',
    'A'.repeat(5000),
    '['.repeat(3000),
  ],
];

/** A few changes to bytes: bits, pieces taken out, doubled, put elsewhere, and awkward ones put in. */
export function mutate(bytes: Buffer, random: Random): Buffer {
  let changed: Buffer = bytes;
  for (let changes = 1 + random.below(4); changes > 0; changes -= 1) changed = mutateOnce(changed, random);
  return changed;
}

function mutateOnce(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length + 1);
  const end = Math.min(bytes.length, at + 1 + random.below(random.chance(0.8) ? 8 : 200));
  const [before, piece, after] = [bytes.subarray(0, at), bytes.subarray(at, end), bytes.subarray(end)];
  switch (random.below(6)) {
    case 0: {
      const flipped = Buffer.from(bytes);
      if (at < flipped.length) flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << random.below(8)), at);
      return flipped;
    }
    case 1:
      return Buffer.concat([before, after]);
    case 2:
      return Buffer.concat([before, piece, piece, after]);
    case 3:
      return Buffer.concat([before, Buffer.from(random.pick(awkward)), after]);
    case 4:
      return Buffer.concat([before, Buffer.from(random.pick(awkward)), piece, after]);
    default: {
      const to = random.below(after.length + 1);
      return Buffer.concat([before, after.subarray(0, to), piece, after.subarray(to)]);
    }
  }
}

const leaves: readonly unknown[] = [
  ...[null, true, 0, -1, 1.5, 2 ** 53, '', '0755', '/usr/bin/../../etc', '..', 'a'.repeat(64), '\0', [], {}],
];

/** A JSON value with one thing in it taken out, put in, or of another kind. */
export function mutateJson(value: unknown, random: Random): unknown {
  if (typeof value !== 'object' || value === null || random.chance(0.15)) return random.pick(leaves);
  if (Array.isArray(value)) {
    const copy: unknown[] = [...value];
    const at = random.below(copy.length + 1);
    const what = copy.length === 0 ? 0 : random.below(6);
    if (what === 0) copy.splice(at, 0, random.pick(leaves));
    else if (what === 1) copy.splice(at, 1);
    else copy[at % copy.length] = mutateJson(copy[at % copy.length], random);
    return copy;
  }
  const entries = Object.entries(value);
  const at = random.below(entries.length + 1);
  const name = random.pick(['__proto__', 'constructor', 'toString', 'extra', '', 'format', 'mode']);
  const what = entries.length === 0 ? 0 : random.below(6);
  if (what === 0) entries.splice(at, 0, [name, random.pick(leaves)]);
  else if (what === 1) entries.splice(at, 1);
  else {
    const [key, inner] = entries[at % entries.length] ?? ['', undefined];
    entries[at % entries.length] = [key, mutateJson(inner, random)];
  }
  // through text, so that __proto__ becomes a member like any other
  const members = entries.map(([key, inner]) => `${JSON.stringify(key)}:${JSON.stringify(inner)}`);
  return JSON.parse(`{${members.join(',')}}`);
}
