import * as z from '../../../policy/zod.ts';

/** Values as they stand in files for containers; numbers of 64 bits may be bigints (`readJson`). */
export const text = z.string().check(z.maxLength(131_072)); // MAX_ARG_STRLEN, execve(2)
export const path = z.string().check(z.minLength(1), z.maxLength(4096)); // PATH_MAX
export const word = z.string().check(z.maxLength(256));
export const u32 = z.int().check(z.minimum(0), z.maximum(0xffff_ffff));
export const i64 = z.union([z.int(), z.bigint().check(z.minimum(-(2n ** 63n)), z.maximum(2n ** 63n - 1n))]);
export const u64 = z.union([z.int().check(z.minimum(0)), z.bigint().check(z.minimum(0n))]);
export const list = <T extends z.ZodMiniType>(of: T) => z.array(of).check(z.maxLength(1000));
