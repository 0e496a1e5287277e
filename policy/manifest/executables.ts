import * as z from '../zod.ts';
import { flavour } from './flavour.ts';

export const sha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/));
/** Of 64 bytes, hexadecimal (RFC 7693). */
const blake2b512 = z.string().check(z.regex(/^[0-9a-f]{128}$/));

/**
 * `/usr/lib/bulkhead/executables.json`: every executable that PID 1 starts, directly or through the engine.
 * Signed beside it (`.minisig`); what is not listed is not started.
 */
export const executablesManifest = z.strictObject({
  format: z.literal(1),
  version: z.string().check(z.minLength(1)),
  signing: z.enum(['development', 'release']),
  flavour: z._default(flavour, 'product'),
  executables: z
    .array(
      z.strictObject({
        path: z.string().check(z.regex(/^\/[A-Za-z0-9._+/-]+$/)),
        /**
         * Not SHA-256: where the processor has no instructions for that, or they are emulated, this takes half of the time, and
         * PID 1 hashes 166 MiB at every boot.
         */
        blake2b512,
        size: z.int().check(z.positive()),
        /** Permission bits in octal, as in stat(2): `0755`. */
        mode: z.string().check(z.regex(/^0[0-7]{3}$/)),
        /**
         * Names under which the engine finds it. `path`: in PATH of containerd and dockerd (`/run/bulkhead/bin`);
         * `runtime`: the OCI runtime, outside PATH (`/run/bulkhead/libexec`).
         */
        exposed: z.optional(
          z.strictObject({
            in: z.enum(['path', 'runtime']),
            as: z.array(z.string().check(z.regex(/^[a-z0-9][a-z0-9._-]*$/))).check(z.minLength(1)),
          }),
        ),
      }),
    )
    .check(z.minLength(1)),
});
export type ExecutablesManifest = z.infer<typeof executablesManifest>;
export type ListedExecutable = ExecutablesManifest['executables'][number];
