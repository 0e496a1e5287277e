import { describe, expect, it } from 'vitest';
import type { ServiceDefinition } from './definition.ts';
import { checkDefinitions, startOrder } from './graph.ts';
import { service } from './testing.ts';

function codes(...definitions: ServiceDefinition[]): string[] {
  return checkDefinitions(definitions).map(({ code }) => code);
}

describe('checkDefinitions()', () => {
  it('has nothing to say about good ones', () => {
    const all = [
      service('dockerd', { requires: ['warden'], after: ['containerd'] }),
      service('containerd'),
      service('warden'),
    ];
    expect(checkDefinitions(all)).toEqual([]);
  });

  it('names the path of a cycle', () => {
    const all = [
      service('z', { requires: ['a'] }),
      service('a', { requires: ['b'] }),
      service('b', { after: ['c'] }),
      service('c', { requires: ['a'] }),
    ];
    expect(checkDefinitions(all).map(({ message }) => message)).toEqual([
      'services wait for each other: a → b → c → a',
    ]);
  });

  it.each<[string, Partial<ServiceDefinition>, string]>([
    ['a requirement that is not defined', { requires: ['ghost'] }, 'unknown'],
    ['an order behind what is not defined', { after: ['ghost'] }, 'unknown'],
    ['itself as requirement', { requires: ['x'] }, 'cycle'],
    ['a name that leaves the folder', { name: '../x' }, 'name'],
    ['a relative executable', { executable: 'bin/x' }, 'path'],
    ['a negative uid', { uid: -1 }, 'number'],
    ['uid -1, which means "leave it"', { uid: 2 ** 32 - 1 }, 'number'],
    ['half an oom score', { oomScoreAdj: 0.5 }, 'number'],
    ['an oom score out of range', { oomScoreAdj: 1001 }, 'number'],
    ['no open files', { limits: { openFiles: 0 } }, 'number'],
    ['NaN processes', { limits: { openFiles: 64, processes: Number.NaN } }, 'number'],
    ['no memory', { cgroup: { 'memory.max': 0 } }, 'number'],
    ['more memory kept than allowed', { cgroup: { 'memory.low': 2, 'memory.max': 1 } }, 'number'],
    ['half a task', { cgroup: { 'pids.max': 0.5 } }, 'number'],
    ['no time to start', { timeouts: { start: 0, stop: 1 } }, 'number'],
    ['endless time to stop', { timeouts: { start: 1, stop: Number.POSITIVE_INFINITY } }, 'number'],
    ['a negative descriptor', { descriptors: [-1] }, 'number'],
    ['a capability that is an option', { capabilities: ['all,--uid'] }, 'capability'],
    ['a notify socket of its own', { env: { NOTIFY_SOCKET: '/x' } }, 'environment'],
    ['a variable that is none', { env: { 'A=B': 'c' } }, 'environment'],
  ])('refuses %s', (_, change, code) => {
    expect(codes(service('x', change))).toContain(code);
  });

  it('refuses a name twice', () => {
    expect(codes(service('x'), service('x'))).toEqual(['duplicate']);
  });
});

describe('startOrder()', () => {
  it('puts each service behind what it requires or comes after', () => {
    const all = [
      service('dockerd', { requires: ['warden'], after: ['containerd'] }),
      service('containerd'),
      service('warden'),
    ];
    expect(startOrder(all).map(({ name }) => name)).toEqual(['containerd', 'warden', 'dockerd']);
  });

  it('has no order for a cycle', () => {
    expect(() => startOrder([service('a', { after: ['b'] }), service('b', { after: ['a'] })])).toThrow(
      'a → b → a',
    );
  });
});
