import { Agent, request } from 'node:https';
import { engineEndpoint } from '../../host/engine/connect.ts';
import type { TestVm } from './vm.ts';

/** What a container with a terminal writes, as it comes, until it ends or the VM does. */
export interface Following {
  /** Whole lines so far. */
  readonly lines: readonly string[];
  stop(): void;
}

export async function follow(vm: TestVm, container: string): Promise<Following> {
  const { port, ca, cert, key } = await engineEndpoint(vm.paths, await vm.port());
  const agent = new Agent({ keepAlive: false, ca, cert, key });
  const lines: string[] = [];
  const path = `/containers/${container}/logs?follow=1&stdout=1`;
  const outgoing = request({ host: '127.0.0.1', port, agent, path }, (incoming) => {
    let rest = '';
    incoming.setEncoding('utf8');
    incoming.on('data', (text: string) => {
      const parts = (rest + text).split(/\r?\n/);
      rest = parts.pop() ?? '';
      lines.push(...parts);
    });
    incoming.on('error', () => undefined); // the VM was ended, which is what this is for
  });
  outgoing.on('error', () => undefined);
  outgoing.end();
  return { lines, stop: () => outgoing.destroy() };
}
