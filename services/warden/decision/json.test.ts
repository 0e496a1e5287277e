import { expect, test } from 'vitest';
import { refusalOf } from './fixtures.ts';
import { readJson, writeJson } from './json.ts';

const read = (text: string | Uint8Array) =>
  readJson(typeof text === 'string' ? Buffer.from(text) : text, 1000);

test.each([
  ['{}', {}],
  [' [1, -2.5e1, "a\\u00e9\\"b", true, false, [ ] ] ', [1, -25, 'aé"b', true, false, []]],
  ['{"a":{"b":null,"c":0}}', { a: { c: 0 } }],
  ['"\\\\"', '\\'],
  ['{"constructor":1,"toString":2}', { constructor: 1, toString: 2 }],
])('readJson() reads %s', (text, value) => {
  expect(structuredClone(read(text))).toEqual(value);
});

test.each([
  ['a key twice', '{"a":1,"b":2,"a":3}', 'a is there twice'],
  ['a key twice, once escaped', '{"a":1,"\\u0061":3}', 'a is there twice'],
  ['__proto__', '{"__proto__":{"polluted":1}}', '__proto__ is no name'],
  ['__proto__, escaped', '{"\\u005f_proto__":{}}', '__proto__ is no name'],
  ['a NUL', '["a\\u0000b"]', 'has a NUL'],
  ['a bare control character', '["a\nb"]', 'malformed'],
  ['half a character', '["\\ud800"]', 'half a character'],
  ['no UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 'not UTF-8'],
  ['deep nesting', '['.repeat(200), 'nests deeper than 32'],
  ['deep nesting of objects', '{"a":'.repeat(40), 'nests deeper than 32'],
  ['too much', ' '.repeat(1001), 'more than 1000'],
  ['nothing', '', 'ends too early'],
  ['something after it', '{} {}', 'unexpected'],
  ['a comma too many', '[1,]', 'unexpected'],
  ['a leading zero', '[01]', 'unexpected'],
  ['a huge number', '[18446744073709551616]', 'too large'],
  ['a huger number', `[${'9'.repeat(900)}]`, 'too large'],
  ['an infinite number', '[1e999]', 'too large'],
  ['a string without end', '["a\\"]', 'does not end'],
  ['NaN', '[NaN]', 'unexpected'],
])('readJson() refuses %s', (_, text, words) => {
  expect(refusalOf(() => read(text))).toContain(words);
});

test('numbers of 64 bits pass unchanged', () => {
  const text = '{"hard":18446744073709551615,"low":-9223372036854775808,"small":5}';
  expect(writeJson(read(text))).toBe(text);
});

test.each([['\\u0000123'], ['"\\u00007"'], ['\\"\\u00001\\"']])(
  'writeJson() leaves text alone that looks like its mark: %s',
  (text) => {
    expect(JSON.parse(writeJson({ text }))).toEqual({ text });
  },
);
