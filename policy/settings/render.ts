import type { SettingsDocument } from './document.ts';
import { type Setting, type SettingName, settings } from './table.ts';

/**
 * A user's document as text that `parseSettings` reads as the same one: values alone, nothing of how it was written.
 */
export function renderUserSettings({ entries }: SettingsDocument): string {
  const root: Record<string, unknown> = {};
  for (const [name, entry] of Object.entries(entries)) {
    const setting: Setting = settings[name as SettingName];
    const body = setting.form === 'value' ? { value: entry.value } : entry.value;
    const [group = '', inner] = name.split('.');
    root[group] = inner === undefined ? body : { ...(root[group] as object | undefined), [inner]: body };
  }
  return JSON.stringify(root);
}
