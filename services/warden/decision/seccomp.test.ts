import { describe, expect, test } from 'vitest';
import { strictRuntimePolicy } from '../../../policy/runtime/policy.ts';
import { deniedCalls, ioUringCalls } from './denied-calls.ts';
import { refusalOf } from './fixtures.ts';
import { dockerProfile } from './fixtures-seccomp.ts';
import { decideSeccomp, type SeccompProfile } from './seccomp.ts';
import { type Seccomp, seccompSchema } from './seccomp-schema.ts';
import type { Condition } from './socket-families.ts';

const ALLOW = 'SCMP_ACT_ALLOW';
const ERRNO = 'SCMP_ACT_ERRNO';
type Asked = Partial<Omit<Seccomp, 'syscalls'>> & { syscalls?: object[] };
const decide = (asked: Asked | undefined, policy = {}) =>
  decideSeccomp(asked && seccompSchema.parse({ defaultAction: ERRNO, ...asked }), {
    ...strictRuntimePolicy,
    ...policy,
  });
const socket = (...args: [number, number, string, number?][]) => ({
  names: ['socket'],
  action: ALLOW,
  args: args.map(([index, value, op, valueTwo]) => ({
    index,
    value,
    op: `SCMP_CMP_${op}`,
    ...(valueTwo !== undefined && { valueTwo }),
  })),
});

/** As the kernel would answer: libseccomp's rule for conflicts, crun's for repeated arguments and defaults. */
function answer(profile: SeccompProfile, call: string, args: bigint[] = []): string {
  const of = (action: string, errno = 1) => (action === ERRNO ? `errno ${errno}` : action);
  const byDefault = of(profile.defaultAction, profile.defaultErrnoRet);
  const rules = profile.syscalls.filter(
    ({ names, action, errnoRet }) => names.includes(call) && of(action, errnoRet) !== byDefault,
  );
  const flat = rules.find((rule) => rule.args === undefined);
  if (flat) return of(flat.action, flat.errnoRet);
  const met = rules.filter((rule) => (rule.args ?? []).every((condition) => holds(condition, args)));
  const answers = new Set(met.map((rule) => of(rule.action, rule.errnoRet)));
  expect(answers.size, `${call} has conflicting rules`).toBeLessThan(2);
  for (const rule of rules) {
    const indexes = (rule.args ?? []).map(({ index }) => index);
    expect(new Set(indexes).size, 'an argument is compared once').toBe(indexes.length);
  }
  return [...answers][0] ?? byDefault;
}

function holds({ index, op, value, valueTwo }: Condition, args: bigint[]): boolean {
  const given = args[index] ?? 0n;
  const datum = BigInt(value);
  const results: Record<string, boolean> = {
    NE: given !== datum,
    LT: given < datum,
    LE: given <= datum,
    EQ: given === datum,
    GE: given >= datum,
    GT: given > datum,
    MASKED_EQ: (given & datum) === BigInt(valueTwo ?? 0),
  };
  return results[op.slice('SCMP_CMP_'.length)] ?? false;
}

const everything = [...deniedCalls, ...ioUringCalls];
const profiles: Record<string, Asked | undefined> = {
  "docker's": dockerProfile(),
  'none: privileged or unconfined': undefined,
  'one that allows by default': { defaultAction: ALLOW },
  'one that logs by default': {
    defaultAction: 'SCMP_ACT_LOG',
    syscalls: [{ names: everything, action: ALLOW }],
  },
  'one that allows everything by name': {
    syscalls: [{ names: [...everything, 'socket', 'socketcall'], action: ALLOW }],
  },
  'one that allows everything by name and default': {
    defaultAction: ALLOW,
    syscalls: [{ names: [...everything, 'socket', 'socketcall'], action: ALLOW }],
  },
  'one that logs everything by name': {
    syscalls: [{ names: [...everything, 'socket', 'socketcall'], action: 'SCMP_ACT_LOG' }],
  },
  'one with the default ENOSYS': {
    defaultErrnoRet: 38,
    syscalls: [{ names: [...everything, 'socket', 'socketcall'], action: ALLOW }],
  },
  'one that allows them under conditions': {
    syscalls: everything.map((name) => ({ ...socket([0, 0, 'GE']), names: [name, 'socketcall', 'socket'] })),
  },
  'one that denies some itself': {
    defaultAction: ALLOW,
    syscalls: [{ names: ['bpf', 'socketcall', 'acct'], action: ERRNO, errnoRet: 99 }],
  },
  'one that kills by default': {
    defaultAction: 'SCMP_ACT_KILL',
    syscalls: [{ names: ['read', 'bpf'], action: ALLOW }],
  },
};

describe.each(Object.entries(profiles))('with %s profile', (_, asked) => {
  const profile = decide(asked);

  test.each(everything)('%s is denied', (call) => {
    expect(answer(profile, call)).toMatch(/^(errno|SCMP_ACT_KILL)/);
  });

  test('socketcall is denied by a rule of its own, the first', () => {
    const [first] = profile.syscalls;
    expect(first).toMatchObject({ names: ['socketcall'], action: ERRNO });
    expect(first?.args).toBeUndefined();
    expect(answer(profile, 'socketcall')).toMatch(/^errno/);
    // crun leaves a rule out that is the default
    expect([profile.defaultAction, profile.defaultErrnoRet ?? 1]).not.toEqual([ERRNO, first?.errnoRet]);
  });

  test.each([38n, 40n, 2n ** 32n + 38n, 2n ** 32n + 40n, 2n ** 63n + 40n])(
    'socket family %d is denied',
    (family) => {
      expect(answer(profile, 'socket', [family])).toMatch(/^(errno|SCMP_ACT_KILL)/);
    },
  );
});

test.each([undefined, dockerProfile(), { syscalls: [socket()] }, { syscalls: [socket([0, 40, 'NE'])] }])(
  'other socket families are allowed where they were (%#)',
  (asked) => {
    for (const family of [0n, 1n, 2n, 10n, 16n, 17n, 37n, 39n, 41n, 44n])
      expect(answer(decide(asked), 'socket', [family])).toBe(ALLOW);
  },
);

test.each<[string, ReturnType<typeof socket>, bigint[], bigint[]]>([
  ['one family', socket([0, 2, 'EQ']), [2n], [0n, 10n, 39n]],
  ['one that is forbidden', socket([0, 40, 'EQ']), [], [0n, 2n]],
  ['a range', socket([0, 10, 'LE']), [0n, 10n], [11n, 39n]],
  ['a range from there on', socket([0, 30, 'GE']), [30n, 39n, 41n], [29n]],
  ['more than', socket([0, 38, 'GT']), [39n, 41n], [37n]],
  ['less than', socket([0, 41, 'LT']), [0n, 39n], [41n]],
  ['masked', socket([0, 3, 'MASKED_EQ', 2]), [2n, 10n], [1n, 16n]],
  ['any of two, as crun has it', socket([0, 2, 'EQ'], [0, 10, 'EQ']), [2n, 10n], [1n, 16n]],
])('a condition of the profile stays: %s', (_, rule, allowed, denied) => {
  const profile = decide({ syscalls: [rule] });
  for (const family of allowed) expect(answer(profile, 'socket', [family])).toBe(ALLOW);
  for (const family of denied) expect(answer(profile, 'socket', [family])).toBe('errno 1');
});

test('conditions on other arguments stay', () => {
  const profile = decide({ syscalls: [socket([1, 3, 'NE'], [0, 17, 'NE'])] });
  expect(answer(profile, 'socket', [2n, 1n])).toBe(ALLOW);
  expect(answer(profile, 'socket', [2n, 3n])).toBe('errno 1');
  expect(answer(profile, 'socket', [17n, 1n])).toBe('errno 1');
  expect(answer(profile, 'socket', [40n, 1n])).toBe('errno 1');
});

test("docker's block on new user namespaces stays", () => {
  const { syscalls } = decide(dockerProfile());
  expect(syscalls).toContainEqual({
    names: ['clone'],
    action: ALLOW,
    args: [{ index: 0, value: 2_114_060_288, op: 'SCMP_CMP_MASKED_EQ' }],
  });
  expect(syscalls).toContainEqual({ names: ['clone3'], action: ERRNO, errnoRet: 38 });
});

test('io_uring is a matter of policy', () => {
  expect(answer(decide(dockerProfile()), 'io_uring_setup')).toBe('errno 1');
  expect(answer(decide(dockerProfile(), { ioUring: true }), 'io_uring_setup')).toBe(ALLOW);
  expect(answer(decide(undefined, { ioUring: true }), 'io_uring_setup')).toBe(ALLOW);
});

test('architectures and flags', () => {
  expect(decide(undefined).architectures).toEqual(['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32']);
  expect(decide({ architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_S390X'] }).architectures).toEqual([
    'SCMP_ARCH_X86_64',
  ]);
  expect(decide({}).architectures).toEqual([]);
  const flags = ['SECCOMP_FILTER_FLAG_LOG', 'SECCOMP_FILTER_FLAG_TSYNC', 'SECCOMP_FILTER_FLAG_NEW_LISTENER'];
  expect(decide({ flags }).flags).toEqual(['SECCOMP_FILTER_FLAG_LOG']);
  expect(decide({ defaultAction: ALLOW, defaultErrnoRet: 5 }).defaultErrnoRet).toBeUndefined();
});

test.each<[string, Asked, string]>([
  [
    'notify',
    { syscalls: [{ names: ['mount'], action: 'SCMP_ACT_NOTIFY' }] },
    'SCMP_ACT_NOTIFY is not allowed',
  ],
  ['notify by default', { defaultAction: 'SCMP_ACT_NOTIFY' }, 'SCMP_ACT_NOTIFY is not allowed'],
  ['trace', { syscalls: [{ names: ['mount'], action: 'SCMP_ACT_TRACE' }] }, 'SCMP_ACT_TRACE is not allowed'],
  ['an unknown action', { defaultAction: 'ALLOW' }, 'ALLOW is not allowed'],
  ['a listener', { listenerPath: '/run/x.sock' }, "can't have a listener"],
  ['an unknown operator', { syscalls: [socket([0, 1, 'IS'])] }, 'SCMP_CMP_IS is not known'],
  ['a large error', { syscalls: [{ names: ['x'], action: ERRNO, errnoRet: 70_000 }] }, '70000 is too large'],
])('a profile is refused: %s', (_, asked, words) => {
  expect(refusalOf(() => decide(asked))).toContain(words);
  expect(refusalOf(() => decide(asked))).toContain('[rule seccomp;');
});
