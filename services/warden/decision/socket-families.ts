/** One comparison of a system call's argument (config-linux.md, seccomp). */
export interface Condition {
  /** Which argument, from 0. */
  index: number;
  value: number | bigint;
  valueTwo?: number | bigint | undefined;
  op: string;
}

const AF_ALG = 38;
const AF_VSOCK = 40;
/** AF_MAX of Linux 6.x is 46: families from then on are not let through until somebody looked at them. */
const families = Array.from({ length: 46 }, (_, family) => family).filter(
  (family) => family !== AF_ALG && family !== AF_VSOCK,
);
const INT = 0xffff_ffff;

/**
 * Of profiles that allow by default: these two are denied. The kernel takes the family as an int, so that only its low
 * 32 bits count: `== 40` alone is passed with 2^32 + 40.
 */
export const forbiddenFamilies: Condition[][] = [AF_ALG, AF_VSOCK].map((family) => [
  { index: 0, value: INT, valueTwo: family, op: 'SCMP_CMP_MASKED_EQ' },
]);

/**
 * A rule that lets socket(2) happen, as rules that do so for all families but AF_VSOCK and AF_ALG. Ranges have an upper
 * bound for the same reason: docker's own `!= 40` lets 2^32 + 40 pass.
 * @param conditions of the rule, none when it has none
 * @returns conditions of the rules that replace it, of each at most one per argument (libseccomp); none when it only
 * allowed what is forbidden
 */
export function restrictFamilies(conditions: readonly Condition[]): Condition[][] {
  const indexes = conditions.map(({ index }) => index);
  // crun makes a rule of each when an argument is compared twice (libcrun/seccomp.c)
  if (new Set(indexes).size < indexes.length)
    return conditions.flatMap((condition) => restrictFamilies([condition]));
  const family = conditions.find(({ index }) => index === 0);
  const others = conditions.filter(({ index }) => index !== 0);
  const allowed = families.filter((each) => family === undefined || holds(family, BigInt(each)));
  return asRanges(allowed).map((range) => [range, ...others]);
}

/** `< n` for those from 0 on, `==` for each other one. */
function asRanges(allowed: readonly number[]): Condition[] {
  const gap = allowed.findIndex((family, at) => family !== at);
  const first = gap < 0 ? allowed.length : gap;
  const single = allowed.slice(first).map((family) => ({ index: 0, value: family, op: 'SCMP_CMP_EQ' }));
  return first === 0 ? single : [{ index: 0, value: first, op: 'SCMP_CMP_LT' }, ...single];
}

function holds({ value, valueTwo, op }: Condition, family: bigint): boolean {
  const datum = BigInt(value);
  switch (op) {
    case 'SCMP_CMP_NE':
      return family !== datum;
    case 'SCMP_CMP_LT':
      return family < datum;
    case 'SCMP_CMP_LE':
      return family <= datum;
    case 'SCMP_CMP_EQ':
      return family === datum;
    case 'SCMP_CMP_GE':
      return family >= datum;
    case 'SCMP_CMP_GT':
      return family > datum;
    case 'SCMP_CMP_MASKED_EQ':
      return (family & datum) === BigInt(valueTwo ?? 0);
    default:
      return false;
  }
}
