import { sha256 } from '../manifest/executables.ts';
import { flavour } from '../manifest/flavour.ts';
import * as z from '../zod.ts';

/**
 * What a VM says of itself when it is asked (`attest`): what it runs and which settings are in force. Signed with the
 * key of this boot's TLS certificate (ECDSA P-256, SHA-256), which never leaves the VM; the certificate is what binds it
 * to the VM that the launcher certified. It is the word of PID 1: whoever replaced PID 1 can say anything, so it
 * is worth as much as the chain that started it (docs/threat-model.md).
 */
export const statement = z.strictObject({
  format: z.literal(1),
  /** Of whoever asked: a statement is not taken twice. Hexadecimal, 16 to 64 bytes. */
  nonce: z.string().check(z.regex(/^([0-9a-f]{2}){16,64}$/)),
  bootId: z.uuid(),
  version: z.string(),
  signing: z.enum(['development', 'release']),
  flavour,
  /** `uname -r`. */
  kernel: z.string(),
  /** /proc/cmdline, without its newline. It names the root's hash. */
  commandLine: z.string(),
  /** SHA-256 of the signed list of executables that PID 1 verified. */
  executables: sha256,
  policy: z.strictObject({
    mode: z.enum(['unmanaged', 'managed', 'strictest']),
    /** SHA-256 of the effective policy's text. */
    digest: sha256,
    organization: z.optional(z.string()),
    serial: z.optional(z.int().check(z.positive())),
  }),
});
export type Statement = z.infer<typeof statement>;

/** Tells this use of the TLS key from any other: no TLS handshake signs text that begins so. */
const PREFIX = 'bulkhead attestation 1\n';

/** What is signed: the prefix and the statement's text, byte by byte as it was sent. */
export function signedText(text: string): Buffer {
  return Buffer.from(PREFIX + text);
}
