/** A stream socket in the file system that somebody listens on. */
export interface ListeningSocket {
  inode: string;
  path: string;
}

/** include/uapi/linux/net.h: __SO_ACCEPTCON */
const ACCEPTS = '00010000';
const STREAM = '0001';
const ROW = /^\S+: \S+ \S+ (\S{8}) (\S{4}) \S+ +(\d+) (\/.*)$/;

/** Those of /proc/net/unix (unix(7)), the table of all of this network namespace. Pure. */
export function listeningSockets(table: string): ListeningSocket[] {
  return table.split('\n').flatMap((line) => {
    const [, flags, type, inode, path] = ROW.exec(line) ?? [];
    if (flags !== ACCEPTS || type !== STREAM || inode === undefined || path === undefined) return [];
    return [{ inode, path }];
  });
}
