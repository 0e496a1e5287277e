import * as z from '../zod.ts';

/** Where the value of a setting comes from, and whether a user could change it. */
export const standing = z.strictObject({
  /** `strictest`: settings are required and none are valid. */
  source: z.enum(['default', 'user', 'admin', 'strictest']),
  locked: z.boolean(),
});
export type Standing = z.infer<typeof standing>;

/** By the name of a setting, as in admin-settings.json (`bulkhead.devices`). What is missing is built in. */
export const standings = z.record(z.string(), standing);
export type Standings = z.infer<typeof standings>;

/** For the end of a refusal: who decided, and whether it can be changed. */
export function describeStanding(
  { source, locked }: Standing = { source: 'default', locked: false },
): string {
  const who = {
    default: 'built in',
    user: 'set by you',
    admin: 'set by your administrator',
    strictest: 'strictest defaults, as valid settings are required and none are there',
  }[source];
  if (!locked) return `${who}, not locked`;
  return source === 'admin' ? 'locked by your administrator' : `${who}, locked`;
}
