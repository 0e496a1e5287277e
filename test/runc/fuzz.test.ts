import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { encodeMessage, encodePlan } from '../../services/warden/wire.ts';

const folder = mkdtempSync(join(tmpdir(), 'bhf-'));
const project = fileURLToPath(new URL('../../', import.meta.url));
/** A short look at each run; `BULKHEAD_FUZZ_SECONDS` for a long one. */
const seconds = Number(process.env.BULKHEAD_FUZZ_SECONDS ?? 15);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("survives whatever the warden's answer is", { timeout: (seconds + 120) * 1000 }, () => {
  const program = join(folder, 'fuzz');
  const units = ['wire', 'plan', 'fail'].map((name) => join(project, `services/runc/${name}.c`));
  execFileSync('clang', [
    ...['-std=c11', '-D_GNU_SOURCE', '-g', '-O1', '-Wall', '-Wextra', '-Werror'],
    ...['-fsanitize=fuzzer,address,undefined', '-fno-sanitize-recover=all', '-o', program],
    ...[join(project, 'test/runc/fuzz.c'), ...units],
  ]);
  const corpus = join(folder, 'corpus');
  mkdirSync(corpus);
  for (const [name, message] of Object.entries(seeds()))
    writeFileSync(join(corpus, name), message.subarray(4));
  const run = () =>
    execFileSync(program, [corpus, `-max_total_time=${seconds}`, '-max_len=4096', '-print_final_stats=1'], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  expect(run).not.toThrow();
});

function seeds(): Record<string, Buffer> {
  return {
    refusal: encodeMessage(['refusal', 'no']),
    open: encodeMessage(['open', 'file', '/etc', 'namespace', '/proc/1/ns/net']),
    plan: encodePlan({
      base: 165_536,
      document: '{}',
      operations: [
        { do: 'join', item: 1 },
        { do: 'root', item: 0, set: 'i', clear: '' },
        { do: 'attach', item: 1, target: '/a/b', set: 'rid', clear: 'xs' },
        { do: 'slot', item: 1, slot: 7, set: 'i', clear: '' },
        { do: 'mkdir', target: '/proc' },
        { do: 'mkfile', target: '/etc/hosts' },
        { do: 'device', path: 'net/tun', major: 10, minor: 200, mode: 0o666 },
        { do: 'seal' },
      ],
    }),
  };
}
