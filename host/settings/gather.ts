import { readFile } from 'node:fs/promises';
import type { SignedDocument } from '../../policy/settings/acceptance.ts';
import { MOST_BYTES } from '../../policy/settings/parse.ts';
import * as z from '../../policy/zod.ts';
import { hasSystemCode } from '../errors.ts';
import type { OnProgress } from '../machine/progress.ts';
import { type GuardedFile, readGuarded } from './guarded.ts';
import { type AdminPlaces, adminPlaces, DOCUMENT, REGISTRY, SIGNATURE, userSettingsFile } from './places.ts';

/** Something that a person should know about the files, and what to do about it. */
export interface SettingsWarning {
  text: string;
  hint: string;
}

/** The documents that a VM is given at its start. */
export interface SettingsDocuments {
  admin?: SignedDocument;
  user?: Uint8Array;
  /** Of registry.json. */
  allowedOrganizations?: readonly string[];
  /** Somebody administers this machine: without a valid document the VM takes the strictest defaults. */
  required?: boolean;
}

export interface Gathered extends SettingsDocuments {
  warnings: readonly SettingsWarning[];
}

const registry = z.looseObject({
  allowedOrgs: z.union([
    z.string().check(z.minLength(1)),
    z.array(z.string().check(z.minLength(1), z.maxLength(200))).check(z.maxLength(100)),
  ]),
});

/**
 * Reads what this machine has of settings. A file of an administrator that could be somebody else's, or that cannot be
 * read, is not used; but that it is there means that one is required.
 */
export async function gatherSettings(
  places: AdminPlaces = adminPlaces(),
  userFile: string = userSettingsFile(),
): Promise<Gathered> {
  const warnings: SettingsWarning[] = [];
  const found: SettingsDocuments[] = [];
  for (const folder of places.folders) {
    const file = await readGuarded(folder, DOCUMENT, places);
    if (file.state === 'absent') continue;
    found.push(await withSignature(file, folder, places, warnings));
    break;
  }
  for (const folder of places.folders) {
    const file = await readGuarded(folder, REGISTRY, places);
    if (file.state === 'absent') continue;
    found.push(organizations(file, warnings));
    break;
  }
  const user = await readUserSettings(userFile, warnings);
  if (user !== undefined) found.push({ user });
  return Object.assign({ warnings }, ...found);
}

/** The same, telling of what is amiss. */
export async function gatherAndWarn(onProgress: OnProgress): Promise<SettingsDocuments> {
  const { warnings, ...documents } = await gatherSettings();
  for (const warning of warnings) onProgress({ kind: 'warning', ...warning });
  return documents;
}

async function withSignature(
  file: Exclude<GuardedFile, { state: 'absent' }>,
  folder: string,
  places: AdminPlaces,
  warnings: SettingsWarning[],
): Promise<SettingsDocuments> {
  if (!isUsable(file, warnings)) return { required: true };
  const signature = await readGuarded(folder, `${DOCUMENT}${SIGNATURE}`, places);
  if (signature.state === 'absent') {
    warnings.push({
      text: `${file.path} is not signed, and has no effect`,
      hint: `sign it: \`bulkhead policy sign '${file.path}' --key KEYFILE\``,
    });
    return { required: true };
  }
  if (!isUsable(signature, warnings)) return { required: true };
  return { admin: { bytes: file.bytes, signature: signature.bytes.toString('utf8') }, required: true };
}

function organizations(
  file: Exclude<GuardedFile, { state: 'absent' }>,
  warnings: SettingsWarning[],
): SettingsDocuments {
  if (!isUsable(file, warnings)) return { required: true };
  try {
    const { allowedOrgs } = registry.parse(JSON.parse(file.bytes.toString('utf8').replace(/^\uFEFF/, '')));
    const allowedOrganizations = [allowedOrgs].flat();
    return { allowedOrganizations, ...(allowedOrganizations.length > 0 && { required: true }) };
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof z.core.$ZodError)) throw error;
    warnings.push({
      text: `${file.path} cannot be read: it is to hold {"allowedOrgs": ["…"]}`,
      hint: 'correct it; until then the strictest settings are in force unless a signed document is valid',
    });
    return { required: true };
  }
}

function isUsable(
  file: Exclude<GuardedFile, { state: 'absent' }>,
  warnings: SettingsWarning[],
): file is Extract<GuardedFile, { state: 'read' }> {
  if (file.state === 'read') return true;
  warnings.push({ text: `${file.path} is not used: ${file.problem}`, hint: file.hint });
  return false;
}

async function readUserSettings(path: string, warnings: SettingsWarning[]): Promise<Buffer | undefined> {
  try {
    const bytes = await readFile(path);
    if (bytes.length <= MOST_BYTES) return bytes;
    warnings.push({
      text: `${path} is not used: it has ${bytes.length} bytes, more than ${MOST_BYTES}`,
      hint: 'make it smaller',
    });
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    if (!hasSystemCode(error, 'EACCES', 'EISDIR', 'EPERM', 'ELOOP')) throw error;
    warnings.push({
      text: `${path} is not used: ${(error as Error).message}`,
      hint: 'check what it is and its permissions',
    });
  }
  return undefined;
}
