import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { changes, type PolicyChange } from '../../../policy/settings/change.ts';
import type { SettingsDocument } from '../../../policy/settings/document.ts';
import type { EffectivePolicy } from '../../../policy/settings/effective.ts';
import { SettingsError } from '../../../policy/settings/error.ts';
import { mergeSettings } from '../../../policy/settings/merge.ts';
import { parseSettings } from '../../../policy/settings/parse.ts';
import type { MachinePaths } from '../../machine/paths.ts';
import { askVm } from '../../settings/ask.ts';
import { readNamed } from '../../settings/files.ts';
import { gatherSettings } from '../../settings/gather.ts';
import { SIGNATURE } from '../../settings/places.ts';
import { onChannel } from '../../settings/submit.ts';
import { pathsOf, type Session } from '../session.ts';
import { formatChanges } from './rows.ts';

export function addDiff(policy: Command, session: Session): Command {
  return policy
    .command('diff')
    .description('what a document would change of what is in force; nothing is changed')
    .argument('<file>', 'signed or not yet')
    .option('--json', 'print it as JSON')
    .action(async (file: string, options: { json?: boolean }, command: Command) => {
      const found = await compare(file, pathsOf(command), session.signal);
      process.stdout.write(
        options.json ? `${JSON.stringify(found, undefined, 2)}\n` : formatChanges(found.changes),
      );
      if (!found.signed)
        process.stderr.write(`note: ${file} is not signed: this is what it would change if it were\n`);
    });
}

async function compare(
  file: string,
  paths: MachinePaths,
  signal: AbortSignal,
): Promise<{ signed: boolean; changes: PolicyChange[] }> {
  const bytes = await readNamed(file);
  if (existsSync(`${file}${SIGNATURE}`)) {
    const signature = (await readNamed(`${file}${SIGNATURE}`)).toString('utf8');
    const plan = await askVm(paths, 'settings.plan', { admin: onChannel({ bytes, signature }) }, signal);
    return { signed: true, changes: plan.changes };
  }
  const admin = parseSettings(bytes, 'admin');
  const { policy } = await askVm(paths, 'settings.get', {}, signal);
  return { signed: false, changes: unsigned(policy, admin, userDocument((await gatherSettings()).user)) };
}

/** As if the document were signed and taken. Pure. */
export function unsigned(
  inForce: EffectivePolicy,
  admin: SettingsDocument,
  user: SettingsDocument | undefined,
): PolicyChange[] {
  return changes(inForce, mergeSettings({ admin, user, required: true }));
}

function userDocument(bytes: Uint8Array | undefined): SettingsDocument | undefined {
  if (bytes === undefined) return undefined;
  try {
    return parseSettings(bytes, 'user');
  } catch (error) {
    if (error instanceof SettingsError) return undefined; // the VM did not take it either
    throw error;
  }
}
