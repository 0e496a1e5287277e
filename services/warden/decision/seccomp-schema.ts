import * as z from 'zod';
import { list, text, u32, u64, word } from './values.ts';

const names = list(word).optional();

/** `linux.seccomp` of config-linux.md. */
export const seccompSchema = z.object({
  defaultAction: word,
  defaultErrnoRet: u32.optional(),
  architectures: names,
  flags: names,
  listenerPath: text.optional(),
  syscalls: z
    .array(
      z.object({
        names: z.array(z.string().regex(/^[a-z0-9_]{1,64}$/i)).max(2000),
        action: word,
        errnoRet: u32.optional(),
        args: z
          .array(
            z.object({
              index: z.int().min(0).max(5),
              value: u64.default(0),
              valueTwo: u64.optional(),
              op: word,
            }),
          )
          .max(6)
          .optional(),
      }),
    )
    .max(4000)
    .default([]),
});
export type Seccomp = z.infer<typeof seccompSchema>;
