import { expect, it } from 'vitest';
import { moduleDependencies } from './module-info.ts';

function module(...info: string[]): Buffer {
  return Buffer.from(`\x7fELF…\0${info.join('\0')}\0more`, 'latin1');
}

it('a module that needs nothing', () => {
  expect(moduleDependencies(module('license=GPL', 'depends=', 'name=erofs'))).toEqual([]);
});

it('needed modules come in order and under the names that the kernel has', () => {
  expect(moduleDependencies(module('depends=dm-mod,dm-bufio', 'name=dm_verity'))).toEqual([
    { name: 'dm_mod', soft: false },
    { name: 'dm_bufio', soft: false },
  ]);
});

it.each([
  ['softdep=pre: nf_log_syslog', ['nf_log_syslog']],
  ['softdep=pre: a b-c post: d', ['a', 'b_c']],
  ['softdep=post: d pre: a', ['a']],
  ['softdep=post: d', []],
])('%s', (softdep, names) => {
  expect(moduleDependencies(module('depends=x_tables', softdep))).toEqual([
    { name: 'x_tables', soft: false },
    ...names.map((name) => ({ name, soft: true })),
  ]);
});
