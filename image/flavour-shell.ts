import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { StringDecoder } from 'node:string_decoder';

/** What a command in the VM ended with. */
export interface ShellResult {
  status: number;
  /** Standard output and error, as they came. */
  output: string;
}

/** QEMU's arguments for the port of the root shell that flavours for tests have. */
export function shellPort(socket: string): string[] {
  return [
    ...['-chardev', `socket,id=probe,path=${socket},server=on,wait=off`],
    ...['-device', 'virtserialport,bus=channels.0,chardev=probe,name=org.bulkhead.test.0'],
  ];
}

/** Runs a line of busybox sh as root of the VM; one at a time. @param timeout milliseconds */
export function shellLine(socketPath: string, line: string, timeout: number): Promise<ShellResult> {
  return new Promise((resolve, reject) => {
    const mark = randomUUID();
    const socket = connect(socketPath);
    const timer = setTimeout(() => fail(new Error(`no answer to '${line}' but: ${said}`)), timeout);
    const fail = (error: Error) => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const decoder = new StringDecoder('utf8');
    let said = '';
    socket.on('error', fail);
    socket.on('data', (chunk: Buffer) => {
      said += decoder.write(chunk);
      const [, output = '', status] =
        new RegExp(`begin-${mark}\\r?\\n([^]*)end-${mark} (\\d+)`).exec(said) ?? [];
      if (status === undefined) return;
      clearTimeout(timer);
      socket.destroy();
      resolve({ status: Number(status), output: output.replaceAll('\r', '') });
    });
    const quoted = line.replaceAll("'", "'\\''");
    const shell = '/usr/libexec/bulkhead/busybox';
    socket.write(
      `${shell} echo begin-${mark}; ${shell} sh -c '${quoted}' </dev/null; ${shell} echo end-${mark} $?\n`,
    );
  });
}
