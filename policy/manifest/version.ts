import * as z from '../zod.ts';

/** Of an image: three numbers (https://semver.org, without pre-releases). */
export const imageVersion = z.string().check(z.regex(/^(0|[1-9]\d{0,8})(\.(0|[1-9]\d{0,8})){2}$/));

/** Negative where `a` is older than `b`, 0 where they are the same, else positive. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  for (let at = 0; at < 3; at += 1) {
    const difference = (left?.[at] ?? 0) - (right?.[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
