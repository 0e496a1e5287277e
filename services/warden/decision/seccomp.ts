import type { RuntimePolicy } from '../../../policy/runtime/policy.ts';
import { deniedCalls, ioUringCalls } from './denied-calls.ts';
import { Refused, shown } from './refusal.ts';
import type { Seccomp } from './seccomp-schema.ts';
import { type Condition, forbiddenFamilies, restrictFamilies } from './socket-families.ts';

export interface SeccompRule {
  names: string[];
  action: string;
  errnoRet?: number;
  args?: Condition[];
}

/** `linux.seccomp` of config-linux.md. */
export interface SeccompProfile {
  defaultAction: string;
  defaultErrnoRet?: number;
  architectures: string[];
  flags?: string[];
  syscalls: SeccompRule[];
}

const ERRNO = 'SCMP_ACT_ERRNO';
const EPERM = 1;
const ENOSYS = 38;
/** These let the call happen. */
const permissive = ['SCMP_ACT_ALLOW', 'SCMP_ACT_LOG'];
const restrictive = [
  ERRNO,
  'SCMP_ACT_KILL',
  'SCMP_ACT_KILL_PROCESS',
  'SCMP_ACT_KILL_THREAD',
  'SCMP_ACT_TRAP',
];
const flags = ['SECCOMP_FILTER_FLAG_LOG', 'SECCOMP_FILTER_FLAG_SPEC_ALLOW'];
const architectures = ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'];

/** For containers without a profile: privileged, and `seccomp=unconfined`. */
const open: Seccomp = { defaultAction: 'SCMP_ACT_ALLOW', architectures, syscalls: [] };

/**
 * The profile asked for, without what no container may do.
 *
 * libseccomp does not merge rules of different actions for one call: one without conditions beats those with conditions,
 * and the first of two alike wins (db.c, _db_rule_add). crun drops rules whose action is the default
 * (libcrun/seccomp.c). So a denied call is taken out of every rule that lets it happen, and is named with EPERM only
 * where the default would let it happen.
 * @throws Refused (seccomp)
 */
export function decideSeccomp(asked: Seccomp | undefined, policy: RuntimePolicy): SeccompProfile {
  const profile = asked ?? open;
  refuseNotification(profile);
  const denied = new Set([...deniedCalls, ...(policy.ioUring ? [] : ioUringCalls)]);
  const isOpen = permissive.includes(profile.defaultAction);
  const asIs = profile.syscalls.flatMap((rule) => rulesWithout(rule, denied, isOpen));
  const syscalls = [noSocketcall(profile), ...asIs];
  if (isOpen) {
    syscalls.push({ names: [...denied], action: ERRNO, errnoRet: EPERM });
    for (const args of forbiddenFamilies)
      syscalls.push({ names: ['socket'], action: ERRNO, errnoRet: EPERM, args });
  }
  return {
    defaultAction: profile.defaultAction,
    ...errnoOf(profile.defaultAction, profile.defaultErrnoRet, 'defaultErrnoRet'),
    architectures: architecturesOf(profile),
    ...(profile.flags && { flags: profile.flags.filter((flag) => flags.includes(flag)) }),
    syscalls,
  };
}

function rulesWithout(
  rule: Seccomp['syscalls'][number],
  denied: Set<string>,
  isOpen: boolean,
): SeccompRule[] {
  const { action } = rule;
  const letsHappen = permissive.includes(action);
  const rest = { action, ...errnoOf(action, rule.errnoRet, 'errnoRet') };
  const args = rule.args?.map(conditionOf);
  const isOurs = (name: string) =>
    name === 'socketcall' ||
    (letsHappen && name === 'socket') ||
    ((letsHappen || isOpen) && denied.has(name));
  const names = rule.names.filter((name) => !isOurs(name));
  const rules: SeccompRule[] = [];
  if (names.length > 0) rules.push({ names, ...rest, ...(args && args.length > 0 && { args }) });
  if (letsHappen && rule.names.includes('socket')) {
    for (const narrowed of restrictFamilies(args ?? []))
      rules.push({ names: ['socket'], ...rest, args: narrowed });
  }
  return rules;
}

/**
 * socketcall(2) of 32-bit programs: its arguments are in memory, where no filter sees them. glibc and musl then take the
 * call of its own, which Linux has since 4.3. Its rule must differ from the default, or crun leaves it out; libseccomp
 * adds conditional ones for it by itself, from those for `socket` (arch-x86.c), which a rule without conditions beats.
 */
function noSocketcall({ defaultAction, defaultErrnoRet }: Seccomp): SeccompRule {
  const isDefault = defaultAction === ERRNO && defaultErrnoRet === ENOSYS;
  return { names: ['socketcall'], action: ERRNO, errnoRet: isDefault ? EPERM : ENOSYS };
}

/** A filter that asks another process would let that one do what the container may not. */
function refuseNotification({ defaultAction, listenerPath, syscalls }: Seccomp): void {
  if (listenerPath) throw new Refused('seccomp', "a seccomp profile can't have a listener");
  for (const action of [defaultAction, ...syscalls.map((rule) => rule.action)]) {
    if (!permissive.includes(action) && !restrictive.includes(action))
      throw new Refused('seccomp', `seccomp action ${shown(action)} is not allowed`);
  }
}

/** An error number is only understood with SCMP_ACT_ERRNO. */
function errnoOf<N extends string>(
  action: string,
  errno: number | undefined,
  name: N,
): { [K in N]?: number } {
  if (action !== ERRNO || errno === undefined) return {};
  if (errno > 4095) throw new Refused('seccomp', `seccomp error number ${errno} is too large`);
  return { [name]: errno } as { [K in N]?: number };
}

const operators = ['NE', 'LT', 'LE', 'EQ', 'GE', 'GT', 'MASKED_EQ'].map((name) => `SCMP_CMP_${name}`);

function conditionOf({
  index,
  value,
  valueTwo,
  op,
}: Condition | NonNullable<Seccomp['syscalls'][number]['args']>[number]): Condition {
  if (!operators.includes(op)) throw new Refused('seccomp', `seccomp operator ${shown(op)} is not known`);
  return { index, value, ...(valueTwo !== undefined && { valueTwo }), op };
}

/** The machine's own is always there (libseccomp, seccomp_init); no call ever comes from a foreign one. */
function architecturesOf({ architectures: asked = [] }: Seccomp): string[] {
  return asked.filter((name) => architectures.includes(name));
}
