import { join } from 'node:path';
import type { StartOptions } from '../../host/machine/start.ts';
import { flavourImage } from '../../image/flavour-image.ts';
import { type ShellResult, shellLine, shellPort } from '../../image/flavour-shell.ts';
import type { Flavour } from '../../image/flavours.ts';
import { deadline } from './deadline.ts';
import { CACHE, ROOT, TestVm } from './vm.ts';

/** A VM with a root shell (image/flavours.ts), to look at it from inside and to break things there. */
export class OpenVm extends TestVm {
  readonly #flavour: Exclude<Flavour, 'product'>;
  #last: Promise<unknown> = Promise.resolve();

  /** @param folder of a VM that another process started */
  constructor(title: string, flavour: Exclude<Flavour, 'product'>, folder?: string) {
    super(title, folder);
    this.#flavour = flavour;
  }

  async open(options: Pick<StartOptions, 'memory' | 'settings'> = {}): Promise<number> {
    return this.start({
      memory: 2048,
      ...options,
      image: await flavourImage(this.#flavour, { root: ROOT, cache: CACHE }),
      extraQemuArguments: shellPort(this.#socket),
    });
  }

  /** Runs a line of busybox sh as root of the VM; one at a time. */
  shell(line: string, timeout = deadline(2)): Promise<ShellResult> {
    const result = this.#last.then(() => shellLine(this.#socket, line, timeout));
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** As `shell`, for a line whose status is not of interest. @returns what it printed */
  async output(line: string, timeout?: number): Promise<string> {
    return (await this.shell(line, timeout)).output;
  }

  get #socket(): string {
    return join(this.folder, 'probe.sock');
  }
}
