import { describe, expect, it } from 'vitest';
import {
  decodeFacts,
  decodeRequest,
  encodeMessage,
  encodePlan,
  encodeWishes,
  MessageReader,
} from './wire.ts';

const read = (bytes: Buffer) => new MessageReader().push(bytes).map((message) => message.map(String));

describe('a message', () => {
  it('comes out as it went in, whatever pieces it comes in', () => {
    const bytes = Buffer.concat([encodeMessage(['a', '', 'ü\n']), encodeMessage(['b'])]);
    for (const size of [1, 2, 3, 7, bytes.length]) {
      const reader = new MessageReader();
      const got: Buffer[][] = [];
      for (let at = 0; at < bytes.length; at += size) got.push(...reader.push(bytes.subarray(at, at + size)));
      expect(got.map((message) => message.map(String))).toEqual([['a', '', 'ü\n'], ['b']]);
    }
  });

  it.each([
    ['of no size', Buffer.from([0, 0, 0, 0])],
    ['of 4 GiB', Buffer.from([255, 255, 255, 255])],
    ['of no strings', Buffer.from([4, 0, 0, 0, 0, 0, 0, 0])],
    ['whose string is longer than itself', Buffer.from([9, 0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0, 0])],
    ['whose string does not end', Buffer.from([10, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 65, 65])],
    ['with a NUL in a string', Buffer.from([10, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0])],
    ['with something behind', Buffer.from([10, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 7])],
  ])('%s is refused', (_, bytes) => {
    expect(() => read(bytes)).toThrow(/^(a|0|more)/);
  });

  it('is not sent with a NUL', () => {
    expect(() => encodeMessage(['a\0b'])).toThrow('NUL');
  });
});

describe('decodeRequest()', () => {
  const good = ['request', 'create', 'id', '/run/moby', '/bundle', '{}'].map((text) => Buffer.from(text));
  it('reads a request', () => {
    expect(decodeRequest(good)).toMatchObject({ verb: 'create', id: 'id', stateRoot: '/run/moby' });
  });
  it.each([
    ['another verb', 1, 'kill'],
    ['another kind', 0, 'facts'],
    ['a document of 5 MiB', 5, 'x'.repeat(5 * 1024 * 1024)],
  ])('refuses %s', (_, index, text) => {
    expect(() => decodeRequest(good.with(index, Buffer.from(text)))).toThrow();
  });
});

describe('decodeFacts()', () => {
  const opened = [
    '0',
    '254:1',
    '12',
    '16877',
    '0:0',
    '/x',
    '22 1 254:1 / / rw - ext4 /dev/vdb rw',
    '',
    '',
    '',
    '',
  ];
  const missing = ['2', ...Array<string>(10).fill('')];
  const owned = ['0', '0:4', '9', '33060', '0:0', 'net:[9]', '', 'other', 'child', '0 100000 65536', '0 1 2'];
  const message = (...facts: string[][]) => ['facts', ...facts.flat()].map((text) => Buffer.from(text));

  it('reads what is there, what is not, and who owns a namespace', () => {
    const facts = decodeFacts(message(opened, missing, owned), 3);
    expect(facts[0]).toMatchObject({ opened: true, mode: 16_877, path: '/x' });
    expect(facts[1]).toEqual({ opened: false, errno: 2 });
    expect(facts[2]).toMatchObject({ owner: { vm: false, child: true, uidMap: '0 100000 65536' } });
  });

  it('refuses more or fewer than were asked for', () => {
    expect(() => decodeFacts(message(opened), 2)).toThrow();
    expect(() => decodeFacts(message(opened, opened), 1)).toThrow();
  });
});

it('encodePlan() writes each operation as its words', () => {
  const bytes = encodePlan({
    base: 100_000,
    document: '{}',
    operations: [
      { do: 'root', item: 0, set: 'i', clear: '' },
      { do: 'attach', item: 1, target: '/a', set: 'ri', clear: 'x' },
      { do: 'slot', item: 2, slot: 3, set: '', clear: '' },
      { do: 'device', path: 'net/tun', major: 10, minor: 200, mode: 0o666 },
      { do: 'mkdir', target: '/proc' },
      { do: 'join', item: 4 },
      { do: 'seal' },
    ],
  });
  expect(read(bytes)[0]?.join(' ')).toBe(
    'plan {} 100000 root 0 i  attach 1 /a ri x slot 2 3   device net/tun 10 200 438 mkdir /proc join 4 seal',
  );
});

it('encodeWishes() names kind and path', () => {
  expect(read(encodeWishes([{ kind: 'file', path: '/a b' }]))).toEqual([['open', 'file', '/a b']]);
});
