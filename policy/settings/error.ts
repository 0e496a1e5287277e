const HINTS = {
  'too-large': 'a settings document has at most 1 MiB',
  'not-json': 'correct the JSON at that place; `bulkhead policy check FILE` shows it',
  'wrong-value': 'correct that value; docs/settings.md lists what each key takes',
  'lock-missing': 'write `"locked": true` or `"locked": false` beside the value',
  'value-missing': 'write the value beside `locked`',
  'not-for-users': 'leave it out: only a document that your administrator has signed can say that',
  'no-identity': 'add "organization" and a "serial" that is higher than the last one',
} as const;

export type SettingsErrorCode = keyof typeof HINTS;

/** Where in a document something is wrong. */
export interface Place {
  /** From 1. */
  line: number;
  /** From 1, in UTF-16 code units. */
  column: number;
  /** The key, with dots: `linuxVM.dockerDaemonOptions.value`. */
  key?: string;
}

/** A settings document that is not taken, whole. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly code: SettingsErrorCode;
  readonly hint: string;
  readonly place: Place | undefined;

  constructor(code: SettingsErrorCode, message: string, place?: Place, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = HINTS[code];
    this.place = place;
  }
}

/** `line 4, column 7 (proxy.http): …` */
export function describeSettingsError({
  message,
  place,
}: {
  message: string;
  place?: Place | undefined;
}): string {
  if (place === undefined) return message;
  const key = place.key ? ` (${place.key})` : '';
  return `line ${place.line}, column ${place.column}${key}: ${message}`;
}
