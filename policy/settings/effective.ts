import * as z from '../zod.ts';
import type { SettingName, SettingValue } from './table.ts';

/**
 * `unmanaged`: nobody has to sign anything; what users set counts. `managed`: a signed document is in force.
 * `strictest`: one is required and none is valid; what is built in counts, and users change nothing.
 */
export const policyMode = z.enum(['unmanaged', 'managed', 'strictest']);
export type PolicyMode = z.infer<typeof policyMode>;

/** One setting as it is in force, and why. */
export const policyRow = z.strictObject({
  key: z.string(),
  value: z.unknown(),
  source: z.enum(['default', 'user', 'admin', 'strictest']),
  locked: z.boolean(),
  effect: z.enum(['effective', 'pending', 'not-applicable']),
  /** What it does, or why it does nothing. */
  about: z.string(),
  /** What was asked for and did not count, and why: 'Locked by your administrator'. */
  passedOver: z.optional(z.string()),
});
export type PolicyRow = z.infer<typeof policyRow>;

/** All settings in force. */
export const effectivePolicy = z.strictObject({
  format: z.literal(1),
  mode: policyMode,
  organization: z.optional(z.string()),
  serial: z.optional(z.int().check(z.positive())),
  rows: z.array(policyRow),
});
export type EffectivePolicy = z.infer<typeof effectivePolicy>;

export function rowOf(policy: EffectivePolicy, key: SettingName): PolicyRow {
  const row = policy.rows.find((each) => each.key === key);
  if (row === undefined) throw new RangeError(`the policy has no ${key}`); // merge.ts makes a row for each
  return row;
}

export function settingValue<K extends SettingName>(policy: EffectivePolicy, key: K): SettingValue<K> {
  return rowOf(policy, key).value as SettingValue<K>;
}

/** The same for the same policy, whoever renders it: what its digest is made of. */
export function policyText({ mode, organization, serial, rows }: EffectivePolicy): string {
  const settings = rows.map(({ key, value, source, locked }) => [key, sorted(value) ?? null, source, locked]);
  return JSON.stringify(['bulkhead policy 1', mode, organization ?? null, serial ?? null, settings]);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, each]) => [key, sorted(each)]);
}
