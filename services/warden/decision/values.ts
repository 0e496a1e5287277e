import * as z from 'zod';

/** Values as they stand in files for containers; numbers of 64 bits may be bigints (`readJson`). */
export const text = z.string().max(131_072); // MAX_ARG_STRLEN, execve(2)
export const path = z.string().min(1).max(4096); // PATH_MAX
export const word = z.string().max(256);
export const u32 = z.int().min(0).max(0xffff_ffff);
export const i64 = z.union([
  z.int(),
  z
    .bigint()
    .min(-(2n ** 63n))
    .max(2n ** 63n - 1n),
]);
export const u64 = z.union([z.int().min(0), z.bigint().min(0n)]);
export const list = <T extends z.ZodType>(of: T) => z.array(of).max(1000);
