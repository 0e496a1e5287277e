import {
  followRotation,
  judge,
  type SignedDocument,
  type Trust,
  type Verdict,
} from '../../policy/settings/acceptance.ts';
import type { SettingsDocument } from '../../policy/settings/document.ts';
import type { EffectivePolicy } from '../../policy/settings/effective.ts';
import { mergeSettings } from '../../policy/settings/merge.ts';
import type { SettingsNote } from '../../services/channel/protocol/methods.ts';
import { MOST_ROTATIONS, type SettingsRecord, stored, unstored } from './record.ts';

/** What the launcher said before the settings were sealed. */
export interface Submission {
  admin?: SignedDocument | undefined;
  user?: SettingsDocument | undefined;
  allowedOrganizations: readonly string[];
  required: boolean;
}

export interface BootInput {
  record: SettingsRecord;
  /** Built into the image. */
  builtIn: Trust | undefined;
  /** Undefined: nobody said anything in time. */
  submission: Submission | undefined;
  now: Date;
}

export interface BootDecision {
  policy: EffectivePolicy;
  record: SettingsRecord;
  notes: SettingsNote[];
}

/** Whose documents count: the key in the image and what it led to, else who was enrolled. Pure. */
export function trustOf(
  { enrolled, rotations }: SettingsRecord,
  builtIn: Trust | undefined,
): Trust | undefined {
  if (builtIn === undefined) return enrolled;
  let trust = builtIn;
  for (const each of rotations) trust = followRotation(trust, unstored(each)) ?? trust;
  return trust;
}

/**
 * Which settings this boot has: the new signed document when it is taken, else the one that was in force, else the strictest
 * defaults where a signed one is required. Pure.
 */
export function decideBoot({ record, builtIn, submission, now }: BootInput): BootDecision {
  const trust = trustOf(record, builtIn);
  const allowedOrganizations = submission?.allowedOrganizations ?? [];
  const notes: SettingsNote[] = [];
  const verdict = (document: SignedDocument): Verdict =>
    judge(document, { trust, sealed: record.sealed, allowedOrganizations, now });
  const candidate = submission?.admin && verdict(submission.admin);
  if (candidate && !candidate.accepted)
    notes.push({
      level: 'warn',
      message: `the settings of your administrator are not taken: ${candidate.message} (${candidate.code})`,
      hint: candidate.hint,
    });
  const last =
    candidate?.accepted || record.document === undefined ? undefined : verdict(unstored(record.document));
  if (last && !last.accepted)
    notes.push({
      level: 'warn',
      message: `the settings that were in force are not taken either: ${last.message} (${last.code})`,
      hint: last.hint,
    });
  const accepted = [candidate, last].find((each) => each?.accepted === true);
  const document = accepted?.accepted ? accepted.document : undefined;
  const required = trust !== undefined || allowedOrganizations.length > 0 || submission?.required === true;
  const lapsed = last && !last.accepted ? last.document : undefined;
  const policy = mergeSettings({ admin: document, user: submission?.user, required, lapsed });
  const taken = candidate?.accepted ? submission?.admin : undefined;
  return {
    policy,
    record: candidate?.accepted && taken ? recordAfter(record, taken, candidate, trust) : record,
    notes: [...notes, ...notesOf(policy, document, submission)],
  };
}

/** The record once a document was taken. Pure. */
export function recordAfter(
  record: SettingsRecord,
  document: SignedDocument,
  verdict: Extract<Verdict, { accepted: true }>,
  before: Trust | undefined,
): SettingsRecord {
  const { sealed, trust, unchanged } = verdict;
  if (unchanged) return record;
  const next = { ...record, document: stored(document), sealed };
  if (record.enrolled)
    return { ...next, enrolled: { organization: trust.organization, keys: [...trust.keys] } };
  const rotated = JSON.stringify(trust.keys) !== JSON.stringify(before?.keys);
  // A chain that is longer than it may be ends where it is full: later documents are then not taken.
  if (!rotated || record.rotations.length === MOST_ROTATIONS) return next;
  return { ...next, rotations: [...record.rotations, stored(document)] };
}

function notesOf(
  policy: EffectivePolicy,
  document: SettingsDocument | undefined,
  submission: Submission | undefined,
): SettingsNote[] {
  const notes: SettingsNote[] = [];
  if (submission === undefined)
    notes.push({ level: 'warn', message: 'the launcher said nothing of settings in time' });
  if (policy.mode === 'strictest')
    notes.push({
      level: 'warn',
      message:
        'a signed settings document is required here and none is valid: the strictest defaults are in force, and what the last one locked',
      hint: 'Ask your administrator for a valid document.',
    });
  for (const { message, place } of document?.warnings ?? [])
    notes.push({ level: 'warn', message: `settings, line ${place?.line ?? '?'}: ${message}` });
  for (const { key, passedOver } of policy.rows)
    if (passedOver !== undefined) notes.push({ level: 'info', message: `${key}: ${passedOver}` });
  return notes;
}
