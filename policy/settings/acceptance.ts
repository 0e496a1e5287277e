import { createHash } from 'node:crypto';
import { MinisignError } from '../minisign/error.ts';
import { parsePublicKey } from '../minisign/public-key.ts';
import { verifyMinisign } from '../minisign/verify.ts';
import type { SettingsDocument } from './document.ts';
import { describeSettingsError, SettingsError } from './error.ts';
import { parseSettings } from './parse.ts';

/** A document as an administrator hands it out. */
export interface SignedDocument {
  bytes: Uint8Array;
  /** Text of its `.minisig` file. */
  signature: string;
}

/** Whose documents are taken here. */
export interface Trust {
  organization: string;
  /** minisign public keys, one line of base64 each: the present one, and during a rotation the next. */
  keys: readonly string[];
}

/** What must be remembered of the document in force. */
export interface Sealed {
  organization: string;
  serial: number;
  /** SHA-256 of its bytes, hexadecimal. */
  digest: string;
}

export type RefusalCode =
  | 'not-enrolled'
  | 'bad-signature'
  | 'malformed'
  | 'other-organization'
  | 'not-allowed-organization'
  | 'older'
  | 'same-serial'
  | 'not-yet-valid'
  | 'expired';

export type Verdict =
  | { accepted: true; document: SettingsDocument; sealed: Sealed; trust: Trust; unchanged: boolean }
  | {
      accepted: false;
      code: RefusalCode;
      message: string;
      hint: string;
      /** Where its signature holds and it is of this organization: only the time or registry.json speak against it. */
      document?: SettingsDocument;
    };

const HINTS: Readonly<Record<RefusalCode, string>> = {
  'not-enrolled': 'enrol this machine first: `bulkhead enroll KEYFILE --organization NAME`',
  'bad-signature': 'sign it with the key that this machine was enrolled with: `bulkhead policy sign`',
  malformed: 'look at it with `bulkhead policy check`, correct it, and sign it again',
  'other-organization': 'use the document of the organization that this machine belongs to',
  'not-allowed-organization': 'registry.json on this machine names the organizations that may sign',
  older: 'use the newest document; serials never go back',
  'same-serial': 'give a changed document a higher serial',
  'not-yet-valid': "wait, or correct the host's clock: the VM's time comes from there",
  expired:
    "ask your administrator for a new one, or correct the host's clock: the VM's time comes from there",
};

export const refusalCodes = Object.keys(HINTS) as RefusalCode[];

export interface Circumstances {
  /** Undefined: this machine belongs to nobody. */
  trust: Trust | undefined;
  sealed: Sealed | undefined;
  /** From registry.json; empty: any. */
  allowedOrganizations: readonly string[];
  now: Date;
}

/** Whether a signed document is taken. Nothing of it is read before its signature holds. Pure. */
export function judge({ bytes, signature }: SignedDocument, circumstances: Circumstances): Verdict {
  const { trust, sealed, allowedOrganizations, now } = circumstances;
  if (trust === undefined) return refuse('not-enrolled', 'this machine is enrolled with no organization');
  const signer = signerOf(bytes, signature, trust.keys);
  if (signer.key === undefined) return refuse('bad-signature', signer.message);
  let document: SettingsDocument;
  try {
    document = parseSettings(bytes, 'admin');
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return refuse('malformed', describeSettingsError(error));
  }
  const { organization = '', serial = 0, notBefore, expires, nextKey } = document.identity ?? {};
  if (organization !== trust.organization)
    return refuse(
      'other-organization',
      `it is of ${organization}; this machine belongs to ${trust.organization}`,
    );
  if (allowedOrganizations.length > 0 && !allowedOrganizations.includes(organization))
    return refuse(
      'not-allowed-organization',
      `${organization} is not among ${allowedOrganizations.join(', ')}`,
      document,
    );
  const digest = createHash('sha256').update(bytes).digest('hex');
  if (sealed !== undefined && sealed.organization === organization) {
    if (serial < sealed.serial)
      return refuse('older', `it has serial ${serial}; ${sealed.serial} was in force here already`);
    if (serial === sealed.serial && digest !== sealed.digest)
      return refuse('same-serial', `another document with serial ${serial} is in force`);
  }
  const clock = `the VM's clock says ${now.toISOString()}`;
  if (notBefore !== undefined && Date.parse(notBefore) > now.getTime())
    return refuse('not-yet-valid', `it is valid from ${notBefore}; ${clock}`, document);
  if (expires !== undefined && Date.parse(expires) <= now.getTime())
    return refuse('expired', `it was valid until ${expires}; ${clock}`, document);
  return {
    accepted: true,
    document,
    sealed: { organization, serial, digest },
    trust: { organization, keys: keysAfter(trust.keys, signer.key, nextKey) },
    unchanged: sealed?.digest === digest,
  };
}

/**
 * Whose documents count after a signed one that was in force, whatever its dates: how a rotation is followed again from the
 * key that is built in. Pure.
 * @returns undefined when none of `trust` signed it
 */
export function followRotation(trust: Trust, { bytes, signature }: SignedDocument): Trust | undefined {
  const { key } = signerOf(bytes, signature, trust.keys);
  if (key === undefined) return undefined;
  const { nextKey, organization } = parseSettings(bytes, 'admin').identity ?? {};
  if (organization !== trust.organization) return undefined;
  return { organization, keys: keysAfter(trust.keys, key, nextKey) };
}

/** Documents of the next key end the present one; one that names a next key makes it good beside the present one. */
function keysAfter(keys: readonly string[], signer: string, nextKey: string | undefined): readonly string[] {
  const current = keys.indexOf(signer) > 0 ? [signer] : keys;
  if (nextKey === undefined || current.includes(nextKey)) return current;
  return [current[0] ?? signer, nextKey];
}

function signerOf(
  bytes: Uint8Array,
  signature: string,
  keys: readonly string[],
): { key: string | undefined; message: string } {
  let message = 'no key is known';
  for (const key of keys) {
    try {
      verifyMinisign(bytes, signature, parsePublicKey(key));
      return { key, message: '' };
    } catch (error) {
      if (!(error instanceof MinisignError)) throw error;
      // With two keys the one that it was made with has more to say.
      if (error.code !== 'key-mismatch' || message === 'no key is known') message = error.message;
    }
  }
  return { key: undefined, message };
}

function refuse(code: RefusalCode, message: string, document?: SettingsDocument): Verdict {
  return { accepted: false, code, message, hint: HINTS[code], ...(document && { document }) };
}
