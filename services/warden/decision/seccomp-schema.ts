import * as z from '../../../policy/zod.ts';
import { list, text, u32, u64, word } from './values.ts';

const names = z.optional(list(word));

/** `linux.seccomp` of config-linux.md. */
export const seccompSchema = z.object({
  defaultAction: word,
  defaultErrnoRet: z.optional(u32),
  architectures: names,
  flags: names,
  listenerPath: z.optional(text),
  syscalls: z._default(
    z
      .array(
        z.object({
          names: z.array(z.string().check(z.regex(/^[a-z0-9_]{1,64}$/i))).check(z.maxLength(2000)),
          action: word,
          errnoRet: z.optional(u32),
          args: z.optional(
            z
              .array(
                z.object({
                  index: z.int().check(z.minimum(0), z.maximum(5)),
                  value: z._default(u64, 0),
                  valueTwo: z.optional(u64),
                  op: word,
                }),
              )
              .check(z.maxLength(6)),
          ),
        }),
      )
      .check(z.maxLength(4000)),
    [],
  ),
});
export type Seccomp = z.infer<typeof seccompSchema>;
