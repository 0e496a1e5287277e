import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineClient } from '../../host/engine/client.ts';
import { persistentLogs, persistentRemove } from './persistent.ts';

/** A range of its own, as docs/runtime.md has it: no process of a container is the VM's root. */
export const CONFINED = /^ *0 +[1-9]\d{5,} +65536$/;

export interface CrowdOptions {
  image: string;
  /** Containers that there are at a time. */
  most: number;
  /** Of them, how many are being started or removed side by side. */
  starters: number;
  /** Ends it: all are removed then. */
  signal: AbortSignal;
}

/** What became of the containers that were asked for. */
export interface Crowd {
  asked: number;
  refused: string[];
  /** How each that ran sees its users: CONFINED, or it got out. */
  maps: string[];
}

/** Containers come and go; whether one can be started while services are killed is not its matter. */
export async function comeAndGo(engine: EngineClient, options: CrowdOptions): Promise<Crowd> {
  const crowd: Crowd = { asked: 0, refused: [], maps: [] };
  await Promise.all(Array.from({ length: options.starters }, () => starter(engine, options, crowd)));
  return crowd;
}

async function starter(
  engine: EngineClient,
  { image, most, starters, signal }: CrowdOptions,
  crowd: Crowd,
): Promise<void> {
  const there: string[] = [];
  const Cmd = ['sh', '-c', 'cat /proc/self/uid_map; exec sleep 100000'];
  const oldest = async () => {
    const name = there.shift();
    if (name !== undefined) await gone(engine, name, crowd);
  };
  while (!signal.aborted) {
    crowd.asked += 1;
    // by a name of its own: without an answer it may have been made, or started, as well
    const name = `crowd-${crowd.asked}`;
    there.push(name);
    try {
      await engine.createContainer({ Image: image, Cmd, HostConfig: { Init: true } }, name);
      await engine.startContainer(name);
    } catch (error) {
      crowd.refused.push(error instanceof Error ? error.message : String(error));
      await sleep(500);
    }
    if (there.length > most / starters) await oldest();
  }
  while (there.length > 0) await oldest();
}

async function gone(engine: EngineClient, name: string, crowd: Crowd): Promise<void> {
  const { stdout } = await persistentLogs(engine, name);
  if (stdout !== '') crowd.maps.push(stdout.trimEnd());
  await persistentRemove(engine, name);
}
