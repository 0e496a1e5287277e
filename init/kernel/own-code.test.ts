import { expect, test, vi } from 'vitest';

vi.mock('./libc.ts', () => ({})); // it needs the VM's Node

test('writableCode() finds what can be written and executed, and nothing else', async () => {
  const { writableCode } = await import('./own-code.ts');
  const maps = `00400000-00401000 r-xp 00000000 fe:00 37   /usr/bin/node
7f203846e000-7f203846f000 rwxp 00000000 00:00 0
7f203846f000-7f2038484000 r-xp 00000000 00:00 0
7f2038484000-7f2038485000 rw-p 00000000 00:00 0          [heap]
7f2038485000-7f2038487000 -wxs 00000000 00:01 4          /memfd:x wx (deleted)
7f203921a000-7f203921b000 rw-p 00000000 00:00 0          /a rwxp
`;
  expect(writableCode(maps)).toEqual([
    { start: 0x7f203846e000n, end: 0x7f203846f000n },
    { start: 0x7f2038485000n, end: 0x7f2038487000n },
  ]);
  expect(writableCode('')).toEqual([]);
});
