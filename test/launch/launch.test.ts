import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Compiled } from '../sandbox/compile.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const compiled = new Compiled();
const programs = { plain: '', sanitized: '' };
let actor: string;
/** Stands in for a cgroup: launch only writes to one file of it. */
let cgroup: string;

beforeAll(() => {
  const source = join(root, 'init/launch/launch.c');
  programs.plain = compiled.build(source);
  programs.sanitized = compiled.buildSanitized(source);
  actor = compiled.build(join(root, 'test/sandbox/actor.c'));
});
beforeEach(() => {
  cgroup = join(compiled.folder, 'cgroup');
  mkdirSync(cgroup, { recursive: true });
  writeFileSync(join(cgroup, 'cgroup.procs'), '');
});
afterAll(() => compiled.remove());

const required = () => [
  '--cgroup',
  cgroup,
  '--uid',
  '0',
  '--gid',
  '0',
  '--caps',
  'none',
  '--oom',
  '0',
  '--nofile',
  '64',
];

/** Runs launch with `executable` as descriptor 3 and `passed` from 4 on. */
function run(
  args: string[],
  executable: number | 'ignore',
  passed: number[] = [],
  build: keyof typeof programs = 'plain',
) {
  const { status, stdout, stderr } = spawnSync(programs[build], args, {
    stdio: ['ignore', 'pipe', 'pipe', executable, ...passed],
    encoding: 'utf8',
    env: { COLOUR: 'red' },
  });
  return { status, stdout, stderr };
}

function withOpen<T>(paths: string[], action: (...descriptors: number[]) => T): T {
  const descriptors = paths.map((path) => openSync(path, 'r'));
  try {
    return action(...descriptors);
  } finally {
    for (const descriptor of descriptors) closeSync(descriptor);
  }
}

/** What `actor identity` prints, by the first word. */
function identity(
  args: string[],
  build: keyof typeof programs = 'plain',
  passed: string[] = [],
): Map<string, string> {
  const { status, stdout, stderr } = withOpen([actor, ...passed], (executable, ...descriptors) =>
    run([...args, '--', 'service-name', 'identity'], executable ?? -1, descriptors, build),
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const words = stdout
    .trim()
    .split('\n')
    .map((line) => /^(Max [a-z ]*[a-z]|content \d|\S+?):?\s+(.*)$/.exec(line) ?? []);
  return new Map(words.map(([, name = '', value = '']) => [name, value.trim().replaceAll(/\s+/g, ' ')]));
}

const NOTHING = '0000000000000000';
/** CAP_KILL is 5, CAP_NET_ADMIN 12: capability.h. */
const KILL_AND_NET_ADMIN = '0000000000001020';

describe.each(['plain', 'sanitized'] as const)('launch (%s)', (build) => {
  it('becomes a confined service', () => {
    const files = ['one', 'two'].map((text) => {
      const path = join(compiled.folder, text);
      writeFileSync(path, text);
      return path;
    });
    const args = [
      '--cgroup',
      cgroup,
      '--uid',
      '4242',
      '--gid',
      '4243',
      '--caps',
      'KILL,NET_ADMIN',
      '--oom',
      '77',
    ];
    const more = ['--nofile', '99', '--nproc', '1000', '--fds', '2', '--no-new-privs'];
    const it = identity([...args, ...more], build, files);
    expect(Object.fromEntries(it)).toMatchObject({
      argv0: 'service-name',
      Uid: '4242 4242 4242 4242',
      Gid: '4243 4243 4243 4243',
      Groups: '',
      NoNewPrivs: '1',
      CapInh: KILL_AND_NET_ADMIN,
      CapPrm: KILL_AND_NET_ADMIN,
      CapEff: KILL_AND_NET_ADMIN,
      CapBnd: KILL_AND_NET_ADMIN,
      CapAmb: KILL_AND_NET_ADMIN,
      SigBlk: NOTHING,
      SigIgn: NOTHING,
      Umask: '0022',
      'Max open files': '99 99 files',
      'Max processes': '1000 1000 processes',
      oom: '77',
      descriptors: '0 1 2 3 4',
      'content 3': 'one',
      'content 4': 'two',
    });
    expect(it.get('session')).toBe(it.get('pid'));
    expect(readFileSync(join(cgroup, 'cgroup.procs'), 'utf8')).toBe('0');
  });

  it("becomes what only root may execute, and keeps nothing of root's for that", () => {
    const own = join(compiled.folder, 'own');
    copyFileSync(actor, own);
    chmodSync(own, 0o500);
    const args = [
      ...required().map((arg, at, all) => (all[at - 1] === '--uid' ? '4242' : arg)),
      '--no-new-privs',
    ];
    const { status, stdout, stderr } = withOpen([own], (executable) =>
      run([...args, '--no-exec', '--', 'x', 'identity'], executable ?? -1, [], build),
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^Uid:\t4242/m);
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
      expect(stdout).toMatch(new RegExp(`^${set}:\\t${NOTHING}$`, 'm'));
  });

  it('leaves root all its capabilities, and nothing for containers to inherit', () => {
    const args = [
      '--cgroup',
      cgroup,
      '--uid',
      '0',
      '--gid',
      '0',
      '--caps',
      'all',
      '--oom',
      '0',
      '--nofile',
      '64',
    ];
    const it = identity(args, build);
    expect(it.get('CapEff')).not.toBe(NOTHING);
    expect(it.get('CapEff')).toBe(it.get('CapBnd'));
    expect([it.get('CapInh'), it.get('CapAmb'), it.get('NoNewPrivs')]).toEqual([NOTHING, NOTHING, '0']);
    expect(it.get('descriptors')).toBe('0 1 2');
  });

  it('leaves root without capabilities none', () => {
    const it = identity(required(), build);
    const sets = ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].map((set) => it.get(set));
    expect(sets).toEqual(Array(5).fill(NOTHING));
  });

  it('leaves a service that executes nothing no way to do so', () => {
    const ways = (...more: string[]) =>
      withOpen([actor], (executable) =>
        run([...required(), ...more, '--', 'x', 'execute'], executable ?? -1, [], build),
      );
    const refused = ['execve', 'memory', 'descriptor'].map((way) => `${way} Operation not permitted\n`);
    const stdout = `${refused.join('')}pages Permission denied\n`;
    expect(ways('--no-new-privs', '--no-exec')).toEqual({ status: 0, stdout, stderr: '' });
    // the control
    const made = 'executed\nmemory made\nexecuted\npages made\n';
    expect(ways('--no-new-privs')).toEqual({ status: 0, stdout: made, stderr: '' });
  });

  const hostile: [string, (args: string[]) => string[]][] = [
    ['no arguments', () => []],
    ['no service', (args) => args],
    ['no argv[0]', (args) => [...args, '--']],
    ['an unknown option', (args) => [...args, '--shell', '--', 'x']],
    ['an option that only begins like one', (args) => [...args, '--fd', '1', '--', 'x']],
    ['an option with =', (args) => [...args, '--fds=1', '--', 'x']],
    ['a positional argument', (args) => ['x', ...args, '--', 'x']],
    ['an option twice', (args) => [...args, '--uid', '1', '--', 'x']],
    ['a flag twice', (args) => [...args, '--no-new-privs', '--no-new-privs', '--', 'x']],
    ['no execution, but new privileges', (args) => [...args, '--no-exec', '--', 'x']],
    ['an option without its value', (args) => [...args, '--nproc']],
    ['a value that is the end of options', (args) => [...args, '--nproc', '--', 'x']],
    ...['', ' 1', '1 ', '+1', '-1', '0x1', '1e3', '4294967295', '99999999999999999999', '٣', '1\n'].map(
      (uid): [string, (args: string[]) => string[]] => [
        `the uid ${JSON.stringify(uid)}`,
        (args) => [...args.map((arg, i) => (args[i - 1] === '--uid' ? uid : arg)), '--', 'x'],
      ],
    ),
    ...[
      '',
      ',',
      'KILL,',
      ',KILL',
      'KILL,,CHOWN',
      'kill',
      'CAP_KILL',
      'KIL',
      'KILLS',
      'all,KILL',
      'x'.repeat(5000),
    ].map((caps): [string, (args: string[]) => string[]] => [
      `the capabilities ${JSON.stringify(caps.slice(0, 20))}`,
      (args) => [...args.map((arg, i) => (args[i - 1] === '--caps' ? caps : arg)), '--', 'x'],
    ]),
    ...['relative', '', `/${'x'.repeat(5000)}`, '/nonexistent', '/proc/self/exe'].map(
      (path): [string, (args: string[]) => string[]] => [
        `the cgroup ${JSON.stringify(path.slice(0, 20))}`,
        (args) => [...args.map((arg, i) => (args[i - 1] === '--cgroup' ? path : arg)), '--', 'x'],
      ],
    ),
    [
      'an oom score out of range',
      (args) => [...args.map((arg, i) => (args[i - 1] === '--oom' ? '-1001' : arg)), '--', 'x'],
    ],
    ['too many descriptors', (args) => [...args, '--fds', '1025', '--', 'x']],
    ['a descriptor that is not open', (args) => [...args, '--fds', '1', '--', 'x']],
  ];
  it.each(hostile)('refuses %s with one line, and runs nothing', (_, make) => {
    const { status, stdout, stderr } = withOpen([actor], (executable) =>
      run(make(required()), executable ?? -1, [], build),
    );
    expect({ status, stdout }).toEqual({ status: 126, stdout: '' });
    expect(stderr).toMatch(/^launch: [^\n]+: [^\n]+\n?$/);
    expect(stderr.length).toBeLessThan(300);
  });

  it('refuses a missing executable, a script and what is not executable', () => {
    const script = join(compiled.folder, 'script');
    writeFileSync(script, '#!/bin/true\n', { mode: 0o755 });
    const text = join(compiled.folder, 'text');
    writeFileSync(text, 'text', { mode: 0o644 });
    const args = [...required(), '--', 'x'];
    expect(run(args, 'ignore', [], build)).toMatchObject({
      status: 126,
      stderr: 'launch: descriptor of the executable: Bad file descriptor\n',
    });
    for (const path of [script, text]) {
      const result = withOpen([path], (executable) => run(args, executable ?? -1, [], build));
      expect(result).toMatchObject({ status: 126, stderr: expect.stringMatching(/^launch: execveat: /) });
    }
  });
});

it('executes the file that was opened, whatever its path names by now', () => {
  const path = join(compiled.folder, 'replaced');
  copyFileSync(actor, path);
  const other = join(compiled.folder, 'other');
  copyFileSync('/bin/false', other);
  const result = withOpen([path], (executable) => {
    renameSync(other, path);
    return run([...required(), '--', 'x', 'say', 'the one that was checked'], executable ?? -1);
  });
  expect(result).toEqual({ status: 0, stdout: 'the one that was checked\n', stderr: '' });
  expect(existsSync(other)).toBe(false);
});
