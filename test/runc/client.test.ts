import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeMessage } from '../../services/warden/wire.ts';
import { Compiled } from '../sandbox/compile.ts';
import { FakeWarden, RunFolder } from './fake-warden.ts';

const source = fileURLToPath(new URL('../../services/runc', import.meta.url));
const patience = ['PATIENCE_MS=3000', 'ANSWER_MS=3000', 'EXEC_PATIENCE_MS=500', 'EXEC_ANSWER_MS=500'].map(
  (setting) => `-D${setting}`,
);
const compiled = new Compiled();
const run = new RunFolder();
/** Root of a machine may, of a container may not. */
const mayRaiseLimits = mayRaise(readFileSync('/proc/self/status', 'utf8'));
let program: string;
let warden: FakeWarden | undefined;
let bundle: string;
let log: string;

beforeAll(() => {
  const options = [`-DBULKHEAD_RUN="${run.path}"`, `-DWARDEN_UID=${process.getuid?.() ?? 0}`, ...patience];
  program = compiled.buildSanitized(source, options);
}, 120_000);
beforeEach(() => {
  bundle = join(run.path, 'bundle');
  log = join(run.path, 'log.json');
  mkdirSync(bundle, { recursive: true });
  writeFileSync(join(bundle, 'config.json'), '{"ociVersion":"1.0.2"}');
  writeFileSync(log, '');
});
afterEach(async () => {
  await warden?.close();
  warden = undefined;
});
afterAll(() => {
  compiled.remove();
  run.remove();
});

interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** @param through a command that executes it */
function client(args: string[], input: string | null = '', through: string[] = [program]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    // LeakSanitizer: the program ends by exec or exit and frees nothing on purpose.
    const env = {
      PATH: process.env.PATH,
      ASAN_OPTIONS: 'detect_leaks=0',
      LISTEN_FDS: '3',
      XDG_RUNTIME_DIR: '/nowhere',
    };
    const stdin = input === null ? 'ignore' : 'pipe'; // ignored: /dev/null
    const [command = program, ...before] = through;
    const child = spawn(command, [...before, ...args], { env, stdio: [stdin, 'pipe', 'pipe'] });
    const said = { stdout: '', stderr: '' };
    child.stdout?.on('data', (text) => (said.stdout += text));
    child.stderr?.on('data', (text) => (said.stderr += text));
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, ...said }));
    child.stdin?.on('error', () => undefined); // it may end before it reads
    child.stdin?.end(input);
  });
}

/** CAP_SYS_RESOURCE among those it can have: capability.h, proc_pid_status(5) */
function mayRaise(status: string): boolean {
  const mask = /CapBnd:\s*(\w+)/.exec(status)?.[1];
  return mask !== undefined && (BigInt(`0x${mask}`) & (1n << 24n)) !== 0n;
}

const create = (id = 'c1') => ['--root', '/run/x/moby', '--log', log, 'create', '--bundle', bundle, id];

async function answering(...answers: (Buffer | null | undefined)[]): Promise<FakeWarden> {
  warden = new FakeWarden((message) => answers[message]);
  await warden.listen(run.socket);
  return warden;
}

describe('verbs that make nothing new', () => {
  it.each([
    [['--root', '/r', '--log', '/dev/null', '--log-format', 'json', 'kill', 'c1', '9']],
    [['--root', '/r', 'state', 'c1']],
    [['delete', '--force', 'c1']],
    [['features']],
    [['--version']],
    [['list', '--format', 'json']],
  ])('pass to crun as they are, without a warden: %j', async (args) => {
    const { status, stdout } = await client(args);
    expect(status).toBe(0);
    expect(stdout.split('\n')[0]).toBe(['crun', ...args].join('|'));
  });

  it('give crun no environment of whoever calls', async () => {
    const { stdout } = await client(['state', 'c1']);
    expect(stdout).not.toMatch(/LISTEN_FDS|XDG_RUNTIME_DIR/);
    expect(stdout).toMatch(/PATH=\/nonexistent/);
  });
});

it('create becomes crun with what containerd said when the warden lets it pass', async () => {
  await answering(encodeMessage(['pass']));
  const { status, stdout } = await client(create());
  expect(status).toBe(0);
  expect(stdout.split('\n')[0]).toBe(['crun', ...create()].join('|'));
  expect(existsSync(join(run.path, 'containers/c1'))).toBe(false); // exec asks again: it is no container of ours
});

it("crun never gets the VM's /dev/null, which it would give to the container's user", async () => {
  await answering(encodeMessage(['pass']), encodeMessage(['pass']));
  const own = `stdin 1:3 on ${statSync('/dev/null').dev}`;
  const created = (await client(create(), null)).stdout;
  expect(created).toMatch(/^stdin 1:3 on \d+$/m);
  expect(created).not.toContain(own);
  expect((await client(['state', 'c1'], null)).stdout).toContain(own); // the control: nothing is started there
});

describe('refused without asking anybody', () => {
  it.each([
    [['checkpoint', 'c1'], /verb is not available/],
    [['restore', 'c1'], /verb is not available/],
    [['spec'], /verb is not available/],
    [['--unknown', 'state', 'c1'], /option --unknown/],
    [['create', '--bundle', '/b', '--no-pivot', 'c1'], /option --no-pivot/],
    [['create', '--config', '/etc/x', 'c1'], /option --config/],
    [['create', '--bundle', '/b', '../c1'], /no container id/],
    [['create', '--bundle', '/b'], /expected one container id/],
    [['create', '--bundle'], /lacks its value/],
    [['exec', 'c1', 'sh'], /expected one container id/],
    [['exec', 'c1'], /only with --process/],
    [['exec', '--cap', 'SYS_ADMIN', '--process', '/x', 'c1'], /option --cap/],
    [['update', '--memory', '1', 'c1'], /option --memory/],
    [['create', '--preserve-fds', '1000', 'c1'], /--preserve-fds/],
  ])('%j', async (args, message) => {
    const { status, stdout, stderr } = await client(args);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('a specification that is too long', async () => {
    writeFileSync(join(bundle, 'config.json'), 'x'.repeat(4 * 1024 * 1024 + 1));
    expect((await client(create())).status).toBe(1);
    expect(readFileSync(log, 'utf8')).toMatch(/more than 4194304 bytes/);
  });

  it('a specification with a NUL', async () => {
    await answering(null);
    writeFileSync(join(bundle, 'config.json'), '{"a":"\0"}');
    expect((await client(create())).status).toBe(1);
    expect(readFileSync(log, 'utf8')).toMatch(/NUL byte/);
  });
});

describe('the warden', () => {
  it('is told the verb, the id, the folders and what containerd wrote', async () => {
    const told = await answering(encodeMessage(['refusal', 'no']));
    await client(create());
    const document = '{"ociVersion":"1.0.2"}';
    expect(told.heard).toEqual([['request', 'create', 'c1', '/run/x/moby', bundle, document]]);
  });

  it("has its refusal written where containerd reads it, and not into the container's output", async () => {
    await answering(encodeMessage(['refusal', 'no "privileged"\ntwo\tlines \\ here']));
    const { status, stdout, stderr } = await client(create());
    expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: '', stderr: '' });
    const line = JSON.parse(readFileSync(log, 'utf8')) as unknown;
    expect(line).toEqual({ level: 'error', msg: 'no "privileged"\ntwo\tlines \\ here' });
  });

  it('hears what the kernel says of each thing, missing ones too', async () => {
    const told = await answering(
      encodeMessage(['open', 'file', '/etc/passwd', 'file', '/no/such', 'namespace', '/proc/self/ns/net']),
      encodeMessage(['refusal', 'enough']),
    );
    await client(create());
    const facts = told.heard[1] ?? [];
    expect(facts).toHaveLength(1 + 3 * 11);
    expect(facts[0]).toBe('facts');
    expect(facts[6]).toBe('/etc/passwd');
    expect(facts[7]).toMatch(/^\d+ \d+ \d+:\d+ /);
    expect(facts[12]).toBe('2'); // ENOENT
    expect(facts.slice(13, 23).join('')).toBe('');
    expect(facts[23]).toBe('0');
    expect(facts[30]).toBe('vm'); // the same user namespace as the client's
  });

  it.each([
    ['hangs up', [null]],
    ['hangs up in the middle', [encodeMessage(['open', 'file', '/']), null]],
    ['says gibberish', [Buffer.from('HTTP/1.1 200 OK\r\n\r\n')]],
    ['says a wrong kind', [encodeMessage(['plan', '{}', '0'])]],
    ['asks for half a thing', [encodeMessage(['open', 'file'])]],
    ['plans without a root', [encodeMessage(['open', 'file', '/']), encodeMessage(['plan', '{}', '100000'])]],
    [
      'plans with ids of the VM',
      [encodeMessage(['open', 'file', '/']), encodeMessage(['plan', '{}', '0', 'root', '0', 'i', ''])],
    ],
    [
      'plans outside of the root',
      [
        encodeMessage(['open', 'file', '/']),
        encodeMessage(['plan', '{}', '100000', 'root', '0', 'i', '', 'attach', '0', '/../x', 'i', '']),
      ],
    ],
    [
      'plans with what is not open',
      [
        encodeMessage(['open', 'file', '/no/such']),
        encodeMessage(['plan', '{}', '100000', 'root', '0', 'i', '']),
      ],
    ],
  ])('that %s has nothing started', async (_, answers) => {
    await answering(...answers);
    const { status, stdout } = await client(create());
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(readFileSync(log, 'utf8')).toMatch(/nothing was started/);
    expect(existsSync(join(run.path, 'containers/c1'))).toBe(false);
  });

  it('that is not there has nothing started, after a while', async () => {
    const begun = Date.now();
    expect((await client(create())).status).toBe(1);
    expect(Date.now() - begun).toBeGreaterThan(2_500);
    expect(readFileSync(log, 'utf8')).toMatch(/warden is not there/);
  }, 60_000);

  it('that does not answer has nothing started, after a while', async () => {
    await answering(undefined);
    expect((await client(create())).status).toBe(1);
    expect(readFileSync(log, 'utf8')).toMatch(/warden did not answer/);
  });

  it('that comes back meanwhile is found', async () => {
    const asked = client(create());
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const told = await answering(encodeMessage(['refusal', 'here again']));
    expect((await asked).status).toBe(1);
    expect(told.heard).toHaveLength(1);
  });
});

describe('exec', () => {
  const exec = () => ['--log', log, 'exec', '--process', join(bundle, 'process.json'), '--detach', 'c2'];
  beforeEach(() => writeFileSync(join(bundle, 'process.json'), '{"args":["sh"]}'));

  it('runs what the warden made of the process', async () => {
    await answering(encodeMessage(['plan', '{"args":["sh"],"cwd":"/"}', '0']));
    const { status, stdout } = await client(exec());
    expect(status).toBe(0);
    expect(stdout.split('\n')[0]).toBe(`crun|--log|${log}|exec|--process|/proc/self/fd/1900|--detach|c2`);
  });

  it('without a warden works in a container that was made by us, and in no other', async () => {
    writeFileSync(join(run.path, 'containers/c2'), '');
    expect((await client(exec())).stdout.split('\n')[0]).toBe(['crun', ...exec()].join('|'));
    const other = [...exec().slice(0, -1), 'c3'];
    expect((await client(other)).status).toBe(1);
  }, 60_000);

  it('with a warden that does not answer works in a container that was made by us', async () => {
    await answering(undefined);
    writeFileSync(join(run.path, 'containers/c2'), '');
    expect((await client(exec())).stdout.split('\n')[0]).toBe(['crun', ...exec()].join('|'));
  });

  it.runIf(process.getuid?.() === 0)(
    'is not killed last; without a warden gives crun nothing to raise limits with (crash.test.ts: in the VM)',
    async () => {
      writeFileSync(join(run.path, 'containers/c2'), '');
      const resources = async () => {
        const { stdout } = await client(exec(), '', ['choom', '--adjust', '300', '--', program]);
        return { killed: /^\d+$/m.exec(stdout)?.[0], mayRaise: mayRaise(stdout) };
      };
      expect(await resources()).toEqual({ killed: '0', mayRaise: false });
      await answering(encodeMessage(['plan', '{"args":["sh"],"cwd":"/"}', '0']));
      expect(await resources()).toEqual({ killed: '0', mayRaise: mayRaiseLimits });
    },
  );

  it('that the warden refuses is refused', async () => {
    writeFileSync(join(run.path, 'containers/c2'), '');
    await answering(encodeMessage(['refusal', 'no']));
    expect((await client(exec())).status).toBe(1);
  });

  it('delete forgets the container', async () => {
    writeFileSync(join(run.path, 'containers/c4'), '');
    await client(['delete', 'c4']);
    expect(existsSync(join(run.path, 'containers/c4'))).toBe(false);
  });

  it('update takes the resources from standard input', async () => {
    const told = await answering(encodeMessage(['plan', '{}', '0']));
    const { stdout } = await client(['update', '--resources', '-', 'c2'], '{"memory":{"limit":1}}');
    expect(told.heard[0]?.at(-1)).toBe('{"memory":{"limit":1}}');
    expect(stdout.split('\n')[0]).toBe('crun|update|--resources|/proc/self/fd/1900|c2');
  });
});
