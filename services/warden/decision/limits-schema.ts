import * as z from '../../../policy/zod.ts';
import { i64, list, u64, word } from './values.ts';

const deviceNumber = { major: z.optional(i64), minor: z.optional(i64) };
const throttle = z.optional(list(z.object({ ...deviceNumber, rate: u64 })));

/** `linux.resources` of config-linux.md, for cgroup v2. */
export const resourcesSchema = z.object({
  devices: z.optional(
    z
      .array(
        z.object({
          allow: z._default(z.boolean(), false),
          type: z.optional(word),
          ...deviceNumber,
          access: z.optional(word),
        }),
      )
      .check(z.maxLength(10_000)),
  ),
  memory: z.optional(
    z.object({
      limit: z.optional(i64),
      reservation: z.optional(i64),
      swap: z.optional(i64),
      disableOOMKiller: z.optional(z.boolean()),
      checkBeforeUpdate: z.optional(z.boolean()),
    }),
  ),
  cpu: z.optional(
    z.object({
      shares: z.optional(u64),
      quota: z.optional(i64),
      burst: z.optional(u64),
      period: z.optional(u64),
      idle: z.optional(i64),
      cpus: z.optional(z.string().check(z.maxLength(4096), z.regex(/^[\d,\- ]*$/))),
      mems: z.optional(z.string().check(z.maxLength(4096), z.regex(/^[\d,\- ]*$/))),
    }),
  ),
  pids: z.optional(z.object({ limit: z.optional(i64) })),
  blockIO: z.optional(
    z.object({
      weight: z.optional(z.int().check(z.minimum(0), z.maximum(1000))),
      weightDevice: z.optional(
        list(z.object({ ...deviceNumber, weight: z.optional(z.int().check(z.minimum(0), z.maximum(1000))) })),
      ),
      throttleReadBpsDevice: throttle,
      throttleWriteBpsDevice: throttle,
      throttleReadIOPSDevice: throttle,
      throttleWriteIOPSDevice: throttle,
    }),
  ),
  hugepageLimits: z.optional(
    list(z.object({ pageSize: z.string().check(z.regex(/^\d{1,9}[KMG]B$/)), limit: u64 })),
  ),
  unified: z.optional(z.record(word, z.string().check(z.maxLength(4096)))),
});
export type Resources = z.infer<typeof resourcesSchema>;
