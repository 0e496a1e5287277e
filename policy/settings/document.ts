import type { Place } from './error.ts';
import type { SettingName, SettingValue } from './table.ts';

/** What a document says of one setting. */
export interface Entry<K extends SettingName = SettingName> {
  value: SettingValue<K>;
  locked: boolean;
}

/** Who speaks, and which of their documents this is. */
export interface Identity {
  organization: string;
  /** A counter that never goes back. */
  serial: number;
  /** ISO 8601. */
  notBefore?: string;
  expires?: string;
  /** minisign public key that documents may be signed with from now on, beside the present one; rotation. */
  nextKey?: string;
}

/** Something in a document that changes nothing, and that its author should know. */
export interface Warning {
  message: string;
  place?: Place;
}

/** A document that was read, and is in order. */
export interface SettingsDocument {
  /** An administrator's has one; a user's has none. */
  identity?: Identity;
  entries: { readonly [K in SettingName]?: Entry<K> };
  warnings: readonly Warning[];
}
