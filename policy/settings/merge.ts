import type { Entry, SettingsDocument } from './document.ts';
import type { EffectivePolicy, PolicyMode, PolicyRow } from './effective.ts';
import { type Setting, type SettingName, settingNames, settings } from './table.ts';

/** What a policy is made of. */
export interface Sources {
  /** Signed, and accepted (acceptance.ts). */
  admin?: SettingsDocument | undefined;
  user?: SettingsDocument | undefined;
  /** Whether a signed document is required here: without one, the strictest defaults are in force. */
  required: boolean;
  /**
   * A signed document that was in force here, and no longer counts because of the time or of registry.json. Both come from
   * the host: what it locked stays locked, or a user could shake off a lock with the host's clock.
   */
  lapsed?: SettingsDocument | undefined;
}

/** Whose built-in value is the strictest there is: a lapsed document gives nothing away. */
const STRICT: readonly SettingName[] = [
  'enhancedContainerIsolation',
  'exposeDockerAPIOnTCP2375',
  'bulkhead.plugins',
  'bulkhead.buildEntitlements',
  'bulkhead.ioUring',
  'bulkhead.hostLoopback',
];

/** Words that people look for where a user's value does not count. */
const LOCKED = 'Locked by your administrator';
const REQUIRED = 'Settings signed by your administrator are required, and none are valid';

/** Built in < user's (unlocked keys only) < signed. Pure. */
export function mergeSettings({ admin, user, required, lapsed }: Sources): EffectivePolicy {
  const mode: PolicyMode = admin !== undefined ? 'managed' : required ? 'strictest' : 'unmanaged';
  const { organization, serial } = admin?.identity ?? {};
  return {
    format: 1,
    mode,
    ...(organization !== undefined && { organization }),
    ...(serial !== undefined && { serial }),
    rows: settingNames.map((key) =>
      rowFor(
        key,
        mode,
        (admin ?? (STRICT.includes(key) ? undefined : lapsed))?.entries[key],
        user?.entries[key],
      ),
    ),
  };
}

function rowFor(
  key: SettingName,
  mode: PolicyMode,
  admin: Entry | undefined,
  user: Entry | undefined,
): PolicyRow {
  const setting: Setting = settings[key];
  const { effect, about } = setting;
  const row = (
    value: unknown,
    source: PolicyRow['source'],
    locked: boolean,
    passedOver?: string,
  ): PolicyRow => ({
    key,
    value: value ?? null,
    source,
    locked,
    effect,
    about,
    ...(passedOver !== undefined && { passedOver }),
  });
  const asked = user === undefined ? undefined : shown(user.value);
  if (mode === 'strictest' && !admin?.locked)
    return row(
      setting.fallback,
      'strictest',
      true,
      asked === undefined ? undefined : `${REQUIRED}: not ${asked}`,
    );
  if (admin?.locked)
    return impossible(key, row(admin.value, 'admin', true, asked && `${LOCKED}: not ${asked}`));
  // To give up isolation is not a user's to decide where somebody else answers for the machine and left it unsaid.
  if (key === 'enhancedContainerIsolation' && mode === 'managed' && admin === undefined)
    return row(setting.fallback, 'default', true, asked && `${LOCKED}: not ${asked}`);
  if (user !== undefined) return impossible(key, row(user.value, 'user', false));
  if (admin !== undefined) return impossible(key, row(admin.value, 'admin', false));
  return row(setting.fallback, 'default', false);
}

/** What nobody can have. */
function impossible(key: SettingName, row: PolicyRow): PolicyRow {
  if (key !== 'exposeDockerAPIOnTCP2375' || row.value !== true) return row;
  return { ...row, value: false, passedOver: 'Not true: there is no listener without client certificates' };
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
