import * as z from '../zod.ts';
import type { EffectivePolicy } from './effective.ts';
import { type Setting, type SettingName, settings } from './table.ts';

/** A setting that another policy would change, and what that takes. */
export const policyChange = z.strictObject({
  key: z.string(),
  before: z.unknown(),
  after: z.unknown(),
  /** Whether it becomes locked or unlocked. */
  lock: z.optional(z.enum(['locked', 'unlocked'])),
  /** `nothing`: only who decides is different, or it has no effect here. */
  takes: z.enum(['nothing', 'now', 'engine-restart', 'next-start']),
});
export type PolicyChange = z.infer<typeof policyChange>;

/** Daemon options that dockerd does not change under containers that run (moby, daemon/daemon_unix.go, live-restore). */
const NETWORK_OPTIONS = ['bip', 'fixed-cidr', 'fixed-cidr-v6', 'ipv6', 'mtu', 'default-address-pools'];

/** What is different, row by row. Pure. */
export function changes(before: EffectivePolicy, after: EffectivePolicy): PolicyChange[] {
  return after.rows.flatMap((row) => {
    const old = before.rows.find(({ key }) => key === row.key);
    if (old === undefined) return [];
    const same = JSON.stringify(old.value) === JSON.stringify(row.value);
    if (same && old.locked === row.locked) return [];
    return [
      {
        key: row.key,
        before: old.value,
        after: row.value,
        ...(old.locked !== row.locked && { lock: row.locked ? ('locked' as const) : ('unlocked' as const) }),
        takes:
          same || row.effect !== 'effective'
            ? 'nothing'
            : takes(row.key as SettingName, old.value, row.value),
      },
    ];
  });
}

function takes(key: SettingName, before: unknown, after: unknown): PolicyChange['takes'] {
  const setting: Setting = settings[key];
  if (key !== 'linuxVM.dockerDaemonOptions') return setting.takes;
  const [old, next] = [before, after].map(
    (json) => JSON.parse(String(json) || '{}') as Record<string, unknown>,
  );
  const network = NETWORK_OPTIONS.some(
    (option) => JSON.stringify(old?.[option]) !== JSON.stringify(next?.[option]),
  );
  return network ? 'next-start' : setting.takes;
}
