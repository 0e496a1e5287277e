import * as z from 'zod';
import { i64, list, u64, word } from './values.ts';

const deviceNumber = { major: i64.optional(), minor: i64.optional() };
const throttle = list(z.object({ ...deviceNumber, rate: u64 })).optional();

/** `linux.resources` of config-linux.md, for cgroup v2. */
export const resourcesSchema = z.object({
  devices: z
    .array(
      z.object({
        allow: z.boolean().default(false),
        type: word.optional(),
        ...deviceNumber,
        access: word.optional(),
      }),
    )
    .max(10_000)
    .optional(),
  memory: z
    .object({
      limit: i64.optional(),
      reservation: i64.optional(),
      swap: i64.optional(),
      disableOOMKiller: z.boolean().optional(),
      checkBeforeUpdate: z.boolean().optional(),
    })
    .optional(),
  cpu: z
    .object({
      shares: u64.optional(),
      quota: i64.optional(),
      burst: u64.optional(),
      period: u64.optional(),
      idle: i64.optional(),
      cpus: z
        .string()
        .max(4096)
        .regex(/^[\d,\- ]*$/)
        .optional(),
      mems: z
        .string()
        .max(4096)
        .regex(/^[\d,\- ]*$/)
        .optional(),
    })
    .optional(),
  pids: z.object({ limit: i64.optional() }).optional(),
  blockIO: z
    .object({
      weight: z.int().min(0).max(1000).optional(),
      weightDevice: list(
        z.object({ ...deviceNumber, weight: z.int().min(0).max(1000).optional() }),
      ).optional(),
      throttleReadBpsDevice: throttle,
      throttleWriteBpsDevice: throttle,
      throttleReadIOPSDevice: throttle,
      throttleWriteIOPSDevice: throttle,
    })
    .optional(),
  hugepageLimits: list(z.object({ pageSize: z.string().regex(/^\d{1,9}[KMG]B$/), limit: u64 })).optional(),
  unified: z.record(word, z.string().max(4096)).optional(),
});
export type Resources = z.infer<typeof resourcesSchema>;
