/** One line of /proc/PID/mountinfo (proc_pid_mountinfo(5)). */
export interface MountInfo {
  /** `major:minor` */
  device: string;
  /** The folder of the file system that forms the root of this mount. */
  root: string;
  mountPoint: string;
  type: string;
  source: string;
}

/** Pure. @returns undefined when the kernel would not write such a line */
export function parseMountInfo(line: string): MountInfo | undefined {
  const fields = line.trimEnd().split(' ');
  const dash = fields.indexOf('-', 6);
  const [, , device, root, mountPoint] = fields;
  const [type, source] = dash < 0 ? [] : fields.slice(dash + 1);
  if (
    device === undefined ||
    root === undefined ||
    mountPoint === undefined ||
    type === undefined ||
    source === undefined
  )
    return undefined;
  return {
    device,
    root: withoutOctal(root),
    mountPoint: withoutOctal(mountPoint),
    type: withoutOctal(type),
    source: withoutOctal(source),
  };
}

/** Space, tab, newline and backslash are octal there. */
function withoutOctal(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** Whether `path` is `folder` or lies below it; both absolute and normal. */
export function isAtOrBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}
