import { MinisignError } from '../policy/minisign/error.ts';
import { describeSettingsError, SettingsError } from '../policy/settings/error.ts';

/**
 * Everything that can go wrong outside the VM: code → what a person can do about it. The message says what
 * happened in this case; the hint is the same for all cases of a code unless the thrower knows better.
 */
const HINTS = {
  'bad-name': 'a name is 1 to 32 of a-z, 0-9 and -, and begins with a letter or a digit',
  'bad-option': 'see `bulkhead up --help`',
  'tool-missing': 'install it with `npm start`, which says what it installs and why',
  'image-missing': 'build it with `./mkimage.sh build`, or name another folder with --image',
  'image-damaged': 'build it again with `./mkimage.sh build`',
  'image-untrusted':
    'build it again with `./mkimage.sh build`; do not start an image whose origin you do not know',
  'directory-unsafe': 'remove it, or set XDG_RUNTIME_DIR to a folder that only you can write',
  'state-damaged': 'move the file away and run `bulkhead up` again',
  'disk-full': 'free space on that file system, or run `bulkhead delete` for VMs you no longer need',
  'disk-unusable': 'check the path and its permissions; `bulkhead delete` removes the VM with its disk',
  'port-taken': 'choose another one with `bulkhead up --port N`, or stop what listens there',
  locked: 'wait for the other command to end',
  'kvm-unavailable': 'leave --accel out: bulkhead then chooses what works here',
  'qemu-failed': 'the lines below are what QEMU said; see also `bulkhead console`',
  'qemu-silent': 'start it again; if this stays, look at `bulkhead console` and report it',
  'firmware-refused':
    'the image is not signed with the key that its firmware trusts: see `bulkhead verify`; build it again',
  'guest-panicked': 'see `bulkhead console`; the data disk is kept',
  'guest-held': 'see `bulkhead logs` and `bulkhead console`; then `bulkhead down` and `bulkhead up`',
  'guest-ended': 'see `bulkhead logs --boot 0` and `bulkhead console`',
  'guest-late': 'wait and run `bulkhead up` again, or give it more time with --timeout; see `bulkhead logs`',
  'not-running': 'start it with `bulkhead up`',
  'will-not-stop': 'end the process by hand and report it',
  'channel-unreachable': 'see `bulkhead status`; another bulkhead command may be using the channel',
  'channel-lost': 'try again; see `bulkhead status`',
  'channel-timeout': 'see `bulkhead logs` and `bulkhead console`',
  'channel-version':
    'image and launcher are of different versions: build the image again with `./mkimage.sh build`',
  'channel-refused': 'see `bulkhead logs`',
  'channel-malformed': 'image and launcher do not fit: build the image again with `./mkimage.sh build`',
  'not-yet': 'try again in a moment',
  'certificate-missing': 'start the VM once with `bulkhead up`; see `bulkhead certificate list`',
  'certificate-refused': 'restart the VM with `bulkhead down` and `bulkhead up`; see `bulkhead logs`',
  'certificate-unusable': 'remove the folder it is in; `bulkhead up` makes new certificates',
  'context-foreign': 'rename or remove that docker context, or use `bulkhead docker …`, which needs none',
  'docker-missing': 'install a docker client (Debian: `apt-get install docker-cli` or `docker.io`)',
  'engine-unreachable': 'see `bulkhead status`',
  'engine-refused': "the message is the engine's own",
  'engine-malformed': 'the engine answered in a way this launcher does not know; report it',
  'file-unusable': 'check the path and its permissions',
  'settings-invalid': 'look at it with `bulkhead policy check FILE`',
  'attestation-failed': 'do not trust this VM: stop it, and start it from an image that you know',
  'signature-invalid': 'get the file and its signature again',
  'confirmation-needed': 'run it in a terminal, or confirm with --yes',
  cancelled: 'run the command again when you like',
  internal: 'this is a bug of bulkhead: report it with the lines below',
} as const;

export type HostErrorCode = keyof typeof HINTS;

/** What happened, what to do, and, where it helps, the last lines of a log. */
export class HostError extends Error {
  override readonly name = 'HostError';
  readonly code: HostErrorCode;
  readonly hint: string;
  /** Last lines of the log that shows it, oldest first. */
  readonly log: readonly string[];

  constructor(
    code: HostErrorCode,
    message: string,
    options: { cause?: unknown; hint?: string; log?: readonly string[] } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint ?? HINTS[code];
    this.log = options.log ?? [];
  }
}

export function isHostError(error: unknown, ...codes: readonly HostErrorCode[]): error is HostError {
  return error instanceof HostError && (codes.length === 0 || codes.includes(error.code));
}

/** Whether `error` is one of Node's with such a code (`ENOENT`, …). */
export function hasSystemCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

/** Any thrown thing as one the catalogue knows. */
export function asHostError(error: unknown): HostError {
  if (error instanceof HostError) return error;
  if (error instanceof MinisignError)
    return new HostError('signature-invalid', error.message, { hint: error.hint, cause: error });
  if (error instanceof SettingsError)
    return new HostError('settings-invalid', describeSettingsError(error), {
      hint: error.hint,
      cause: error,
    });
  if (error instanceof Error && error.name === 'AbortError') {
    return new HostError('cancelled', 'cancelled', { cause: error });
  }
  if (hasSystemCode(error, 'ENOSPC', 'EDQUOT')) {
    return new HostError('disk-full', `no space left: ${(error as Error).message}`, { cause: error });
  }
  const stack = error instanceof Error ? (error.stack ?? error.message).split('\n') : [];
  const message = error instanceof Error ? error.message : String(error);
  return new HostError('internal', message, { cause: error, log: stack });
}
