import type { Command } from 'commander';
import type { SettingsDocument } from '../../../policy/settings/document.ts';
import { describeSettingsError, type Place, SettingsError } from '../../../policy/settings/error.ts';
import { type DocumentKind, parseSettings } from '../../../policy/settings/parse.ts';
import { type Setting, type SettingName, settings } from '../../../policy/settings/table.ts';
import { printable } from '../../machine/tail.ts';
import { readNamed } from '../../settings/files.ts';
import { EXIT } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import { codeFrame } from './code-frame.ts';

/** A document, looked at: in order or not, and what its author should know. */
export interface Checked {
  file: string;
  text: string;
  document?: SettingsDocument;
  error?: SettingsError;
}

export function addCheck(policy: Command, session: Session): Command {
  return policy
    .command('check')
    .description('say what is wrong in a settings document, and where; 0 when it is in order')
    .argument('<file>', 'as an administrator writes it')
    .option('--user', "it is a user's own: no organization, no serial, nothing locked")
    .option('--json', 'print it as JSON')
    .action(async (file: string, options: { user?: boolean; json?: boolean }) => {
      const checked = checkDocument(file, await readNamed(file), options.user ? 'user' : 'admin');
      process.stdout.write(
        options.json ? `${JSON.stringify(asJson(checked), undefined, 2)}\n` : formatChecked(checked),
      );
      if (checked.error) session.exitCode = EXIT.failed;
    });
}

export function checkDocument(file: string, bytes: Uint8Array, kind: DocumentKind): Checked {
  const text = new TextDecoder().decode(bytes); // without a BOM: places are counted behind it
  try {
    return { file, text, document: parseSettings(bytes, kind) };
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return { file, text, error };
  }
}

/** For a person: each finding with its place shown. */
export function formatChecked({ file, text, document, error }: Checked): string {
  const frame = (place: Place | undefined) => (place ? [codeFrame(text, place)] : []);
  if (error)
    return `${[
      printable(`${file}: ${describeSettingsError(error)}`),
      ...frame(error.place),
      `  to do: ${error.hint}`,
    ].join('\n')}\n`;
  const warnings = (document?.warnings ?? []).flatMap((warning) => [
    printable(`warning: ${file}: ${describeSettingsError(warning as SettingsError)}`),
    ...frame(warning.place),
  ]);
  const idle = rowsOf(document).filter(({ effect }) => effect !== 'effective');
  const notes = idle.map(({ key, effect, about }) =>
    effect === 'pending'
      ? `note: ${key} has no effect yet: ${about}`
      : `note: ${key} has no effect here: ${about}`,
  );
  return `${[...warnings, ...notes, summary(file, document)].join('\n')}\n`;
}

function summary(file: string, document: SettingsDocument | undefined): string {
  const rows = rowsOf(document);
  const locked = rows.filter((row) => row.locked).length;
  const who = document?.identity
    ? `organization ${document.identity.organization}, serial ${document.identity.serial}, `
    : '';
  return printable(`${file} is in order: ${who}${rows.length} settings, ${locked} locked`);
}

function rowsOf(document: SettingsDocument | undefined) {
  return Object.entries(document?.entries ?? {}).map(([key, { locked }]) => {
    const { effect, about }: Setting = settings[key as SettingName];
    return { key, locked, effect, about };
  });
}

function asJson({ file, document, error }: Checked) {
  return {
    file,
    ok: error === undefined,
    ...(error && {
      error: { code: error.code, message: error.message, hint: error.hint, ...error.place },
    }),
    ...(document && {
      ...document.identity,
      settings: rowsOf(document),
      warnings: document.warnings.map(({ message, place }) => ({ message, ...place })),
    }),
  };
}
