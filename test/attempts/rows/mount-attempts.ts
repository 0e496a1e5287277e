import { prelude } from '../../harness/probes.ts';
import { type Attempts, scriptOf } from '../attempt.ts';

/**
 * What a container tries with a volume at /ro that it got read-only, and with one at /rw. Each attempt takes back what
 * it could change, so that the next one finds the same.
 */
export const writeAttempts: Attempts = {
  'remount rw': { line: 'attempt remount /ro rw', here: 'errno EPERM', stock: 'ok' },
  'write after remount': { line: 'put /ro/file changed', here: /Read-only file system/, stock: '' },
  'remount ro again': { line: 'attempt remount /ro ro', here: 'ok', stock: 'ok' },
  'clear ro by mount_setattr': {
    line: 'attempt mount-setattr /ro clear ro',
    here: 'errno EPERM',
    stock: 'ok',
  },
  'write after mount_setattr': { line: 'put /ro/file changed', here: /Read-only file system/, stock: '' },
  'remount a bind copy rw': {
    line: "sh -c 'mount -o bind /ro /tmp/copy && attempt remount /tmp/copy rw'",
    here: 'errno EPERM',
    stock: 'ok',
  },
  'write to the bind copy': { line: 'put /tmp/copy/file changed', here: /Read-only file system/, stock: '' },
  'take the bind copy off': { line: 'umount /tmp/copy', here: '', stock: '' },
  'clear ro of a copy by open_tree and move_mount': {
    line: "sh -c 'attempt open-tree-move /ro /tmp/copy && attempt mount-setattr /tmp/copy clear ro'",
    here: 'ok\nerrno EPERM',
    stock: 'ok\nok',
  },
  'write to that copy': { line: 'put /tmp/copy/file changed', here: /Read-only file system/, stock: '' },
  'take that copy off': { line: 'umount /tmp/copy', here: '', stock: '' },
  'clear nodev of a volume': {
    line: 'attempt mount-setattr /rw clear nodev',
    here: 'errno EPERM',
    stock: 'ok',
  },
  'own mount over a staged one': {
    line: "sh -c 'mount -t tmpfs own /ro && echo mine > /ro/mine && umount /ro && ls /ro'",
    here: 'file',
    stock: 'file',
  },
  'ro and rw again of what was rw': {
    line: "sh -c 'attempt remount /rw ro; echo x > /rw/x; attempt remount /rw rw; echo x > /rw/x && rm /rw/x'",
    here: /^ok\nsh: .*Read-only file system\nok$/,
    stock: /^ok\nsh: .*Read-only file system\nok$/,
  },
};

/** What only counts for the mounts that were staged themselves: it cannot be taken back. */
export const stagedAttempts: Attempts = {
  'move a staged mount': { line: 'mount -o move /rw /tmp/copy', here: /Invalid argument/, stock: '' },
  'unmount a staged mount': { line: 'attempt umount /ro', here: 'errno EINVAL', stock: 'ok' },
  'see what was below it': { line: 'ls /ro', here: 'file', stock: '' },
};

export const mountAttempts: Attempts = { ...writeAttempts, ...stagedAttempts };

/** With --read-only. */
export const rootAttempts: Attempts = {
  'remount the root rw': { line: 'attempt remount / rw', here: 'errno EPERM', stock: 'ok' },
  'clear ro of the root': { line: 'attempt mount-setattr / clear ro', here: 'errno EPERM', stock: 'ok' },
  'write to the root': { line: 'put /etc/passwd changed', here: /Read-only file system/, stock: '' },
  'remount a copy of the root': {
    // recursive: without what is locked below it, it cannot be copied
    line: "sh -c 'mount -o rbind / /tmp/copy && attempt remount /tmp/copy rw'",
    here: 'errno EPERM',
    stock: 'ok',
  },
  'write to the copy of the root': {
    line: 'put /tmp/copy/etc/passwd changed',
    here: /Read-only file system/,
    stock: '',
  },
  'take the copy of the root off': { line: 'umount -l /tmp/copy', here: '', stock: '' },
};

/**
 * The same in other places that a container can go to: `enter` runs its arguments there. A changed root is the copy of
 * all mounts, as switch_root makes it.
 */
export const places: Readonly<Record<string, string>> = {
  'where it starts': '',
  'in chroot': 'mount -o rbind / /tmp/tree && exec chroot /tmp/tree',
  'in a mount namespace': 'exec unshare -m',
  'after pivot_root': `exec unshare -m sh -c 'mount -o rbind / /tmp/tree && cd /tmp/tree && pivot_root . . &&
    umount -l . && exec "$@"' --`,
};

/** Root of a user namespace in the container's: for plain runc, too, all mounts there are locked. */
export const nestedPlace = 'exec unshare -Urm';

/**
 * Tries all, for `sh -c`, and finds out besides what of the list of mounts has changed. /tmp must be a file system of the
 * container's own, with the folders tree and copy.
 */
export function mountScript(attempts: Attempts): string {
  return `${prelude}
list() { sed 's/^[0-9]* [0-9]* //' /proc/self/mountinfo; }
list > /tmp/before
${scriptOf(attempts)}
list > /tmp/after
try changed diff /tmp/before /tmp/after
`;
}

/** As one word of a shell's line. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
