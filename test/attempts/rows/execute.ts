import { prelude } from '../../harness/probes.ts';

const BUSYBOX = '/usr/libexec/bulkhead/busybox';
const LOADER = '/usr/lib64/ld-linux-x86-64.so.2';

/**
 * What root of the VM tries in a folder: to execute a program, a script, and a program by way of the dynamic loader. For
 * its root shell. Named `program FOLDER`, `script FOLDER`, `loader FOLDER`.
 */
export function executeScript(folders: readonly string[]): string {
  return `${prelude}
B=${BUSYBOX}
each() {
  p="$1/busybox.try"; s="$1/script.try"; l="$1/xz.try"
  if cp $B "$p" 2>/dev/null && chmod 755 "$p"; then try "program $1" "$p" echo ran; else try "program $1" echo no file; fi
  if printf '#!%s sh\\necho ran\\n' $B 2>/dev/null > "$s" && chmod 755 "$s"; then try "script $1" "$s"; else try "script $1" echo no file; fi
  if cp /usr/bin/xz "$l" 2>/dev/null; then try "loader $1" sh -c '${LOADER} "$0" --version | grep -c liblzma' "$l"; else try "loader $1" echo no file; fi
  rm -f "$p" "$s" "$l" 2>/dev/null
}
${folders.map((folder) => `each '${folder}'`).join('\n')}
`;
}

/** What processes of the VM's own mount namespace run: a line each, device and inode of the file, and its path. */
export const runningScript = `
for p in /proc/[0-9]*; do
  [ "$(readlink $p/ns/mnt)" = "$(readlink /proc/1/ns/mnt)" ] || continue
  file=$(stat -L -c %d:%i $p/exe 2>/dev/null) && echo "$file $(readlink $p/exe)"
done; true
`;

/**
 * A program in memory, executed by Node through the C library. vm.memfd_noexec cannot be set (docs/kernel.md): this is
 * what root of the VM can still do.
 */
export const memoryScript = `/usr/bin/node --experimental-ffi --no-warnings -e '
const { dlopen } = require("node:ffi"); const fs = require("node:fs");
const libc = dlopen("libc.so.6", { memfd_create: { return: "int32", arguments: ["string", "uint32"] } }).functions;
const fd = libc.memfd_create("x", 0);
fs.writeSync(fd, fs.readFileSync("${BUSYBOX}"));
const { stdout, error } = require("node:child_process").spawnSync("/proc/" + process.pid + "/fd/" + fd, ["echo", "ran"], { argv0: "busybox" });
console.log(error ? error.code : String(stdout).trim());
'`;

/** One mount of mountinfo (proc_pid_mountinfo(5)). */
export interface Mount {
  point: string;
  type: string;
  flags: readonly string[];
  writable: boolean;
}

export function parseMounts(mountinfo: string): Mount[] {
  return mountinfo
    .trim()
    .split('\n')
    .map((line) => {
      const [before = '', after = ''] = line.split(' - ');
      const [, , , , point = '', options = ''] = before.split(' ');
      const [type = '', , superOptions = ''] = after.split(' ');
      const flags = options.split(',');
      return { point, type, flags, writable: flags.includes('rw') && superOptions.split(',').includes('rw') };
    });
}
