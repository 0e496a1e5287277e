import { randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { flavourImage } from '../../image/flavour-image.ts';
import type { Flavour } from '../../image/flavours.ts';
import { deadline } from './deadline.ts';

import { CACHE, ROOT, TestVm } from './vm.ts';

/** What a command in the VM ended with. */
export interface ShellResult {
  status: number;
  /** Standard output and error, as they came. */
  output: string;
}

/** A VM with a root shell (image/flavours.ts), to look at it from inside and to break things there. */
export class OpenVm extends TestVm {
  readonly #flavour: Exclude<Flavour, 'product'>;
  #last: Promise<unknown> = Promise.resolve();

  constructor(title: string, flavour: Exclude<Flavour, 'product'>) {
    super(title);
    this.#flavour = flavour;
  }

  async open(memory = 2048): Promise<number> {
    const device = 'virtserialport,bus=channels.0,chardev=probe,name=org.bulkhead.test.0';
    return this.start({
      image: await flavourImage(this.#flavour, { root: ROOT, cache: CACHE }),
      memory,
      extraQemuArguments: [
        ...['-chardev', `socket,id=probe,path=${this.#socket},server=on,wait=off`],
        ...['-device', device],
      ],
    });
  }

  /** Runs a line of busybox sh as root of the VM; one at a time. */
  shell(line: string, timeout = deadline(2)): Promise<ShellResult> {
    const result = this.#last.then(() => this.#run(line, timeout));
    this.#last = result.catch(() => undefined);
    return result;
  }

  get #socket(): string {
    return join(this.folder, 'probe.sock');
  }

  #run(line: string, timeout: number): Promise<ShellResult> {
    return new Promise((resolve, reject) => {
      const socket: Socket = connect(this.#socket);
      const mark = randomUUID();
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
}
