import type { PolicyChange } from '../../../policy/settings/change.ts';
import type { EffectivePolicy, PolicyRow } from '../../../policy/settings/effective.ts';
import type { SettingsNote } from '../../../services/channel/protocol/methods.ts';
import { printable } from '../../machine/tail.ts';

const MOST_SHOWN = 60;
/** Words that people look for. */
const LOCKED = 'Locked by your administrator';

const SOURCES: Readonly<Record<PolicyRow['source'], string>> = {
  default: 'built in',
  user: 'your settings',
  admin: 'administrator',
  strictest: 'strictest defaults',
};

/** A value in one line. */
export function shown(value: unknown, most = MOST_SHOWN): string {
  if (value === null || value === undefined) return '-';
  const text = printable(typeof value === 'string' ? value : JSON.stringify(value)).replaceAll('\n', ' ');
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** Columns as wide as they must be. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Whose settings are in force. */
export function headline({ mode, organization, serial }: EffectivePolicy): string {
  if (mode === 'managed') return `settings of ${shown(organization)}, serial ${serial}`;
  if (mode === 'unmanaged') return 'nobody administers this machine: your settings count';
  return 'signed settings are required and none are valid: the strictest defaults are in force';
}

/** All that is in force; what does nothing here only with `all`, or when somebody set it. */
export function formatPolicy(policy: EffectivePolicy, notes: readonly SettingsNote[], all: boolean): string {
  const rows = policy.rows.filter(
    ({ effect, source, passedOver }) =>
      all || effect === 'effective' || source === 'user' || source === 'admin' || passedOver !== undefined,
  );
  const lines = rows.map(({ key, value, source, locked, effect }) => [
    key,
    shown(value),
    SOURCES[source],
    locked ? 'locked' : '',
    effect === 'effective' ? '' : effect === 'pending' ? 'no effect yet' : 'no effect here',
  ]);
  const over = rows.flatMap(({ key, passedOver }) =>
    passedOver ? [`${key}: ${printable(passedOver)}`] : [],
  );
  const said = notes.map(
    ({ level, message, hint }) =>
      `${level === 'warn' ? 'warning' : 'note'}: ${printable(message)}${hint ? ` (${printable(hint)})` : ''}`,
  );
  return `${[
    headline(policy),
    '',
    table([['KEY', 'VALUE', 'SET BY', 'LOCKED', 'EFFECT'], ...lines]),
    ...(over.length > 0 ? ['', ...over] : []),
    ...(said.length > 0 ? ['', ...said] : []),
  ].join('\n')}\n`;
}

/** One setting: its value, who says so, and what that means. */
export function formatWhy(policy: EffectivePolicy, row: PolicyRow): string {
  const whose = {
    default: 'nobody set it: this is what is built in',
    user: 'your own settings file says so',
    admin: `the document of ${shown(policy.organization)}, serial ${policy.serial}, says so`,
    strictest: headline(policy),
  }[row.source];
  const effect =
    row.effect === 'effective' ? '' : row.effect === 'pending' ? ' (no effect yet)' : ' (no effect here)';
  return `${[
    `${row.key} = ${shown(row.value, 1000)}`,
    `  what it does: ${printable(row.about)}${effect}`,
    `  why: ${whose}`,
    `  ${row.locked ? LOCKED : 'not locked: your own settings file can change it'}`,
    ...(row.passedOver ? [`  passed over: ${printable(row.passedOver)}`] : []),
  ].join('\n')}\n`;
}

const TAKES: Readonly<Record<PolicyChange['takes'], string>> = {
  nothing: '',
  now: 'at once',
  'engine-restart': 'the engine is started again, containers go on',
  'next-start': 'from the next start of the VM',
};

export function formatChanges(changes: readonly PolicyChange[]): string {
  if (changes.length === 0) return 'nothing changes\n';
  const rows = changes.map(({ key, before, after, lock, takes }) => [
    key,
    shown(before, 40),
    shown(after, 40),
    lock ?? '',
    TAKES[takes],
  ]);
  return `${table([['KEY', 'NOW', 'THEN', 'LOCK', 'COUNTS'], ...rows])}\n`;
}
