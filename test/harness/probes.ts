import type { EngineClient } from '../../host/engine/client.ts';
import { runContainer } from '../../host/engine/run.ts';
import { testImage } from '../images/test-image.ts';

/** What a script found out: value by name. */
export type Found = Readonly<Record<string, string>>;

/**
 * One container start costs seconds in emulation: so a script tries many things, each by `try NAME COMMAND…`.
 * `put FILE VALUE` writes; `has FILE` is for files that must not be looked into.
 */
export const prelude = `
try() { printf '@@%s=' "$1"; shift; "$@" 2>&1 || printf '[%s]' $?; echo; }
put() { echo "$2" > "$1"; }
has() { if [ -e "$1" ]; then echo yes; else echo no; fi; }
`;

/** A command for busybox sh. */
export const probing = (script: string): string[] => ['sh', '-c', `${prelude}\n${script}`];

/** Output of `probing`; a failed command's status is at its end, in brackets. */
export function found(output: string): Found {
  const parts = output.split(/^@@/m).slice(1);
  return Object.fromEntries(
    parts.map((part) => {
      const at = part.indexOf('=');
      return [part.slice(0, at), part.slice(at + 1).trim()];
    }),
  );
}

export interface Asked {
  host?: Readonly<Record<string, unknown>>;
  [member: string]: unknown;
}

/** Containers of the test image `tools`. */
export class Prober {
  readonly engine: EngineClient;
  readonly image: string;

  private constructor(engine: EngineClient, image: string) {
    this.engine = engine;
    this.image = image;
  }

  static async open(engine: EngineClient): Promise<Prober> {
    const { path, reference } = await testImage('tools');
    if (!(await engine.hasImage(reference))) await engine.loadImage(path);
    return new Prober(engine, reference);
  }

  spec({ host, ...members }: Asked) {
    return { Image: this.image, HostConfig: { ...host }, ...members };
  }

  /** Runs the script in a container of its own, which is gone afterwards. */
  async run(script: string, asked: Asked = {}): Promise<Found> {
    const spec = this.spec({ Cmd: probing(script), ...asked });
    const { stdout, stderr } = await runContainer(this.engine, spec);
    return { ...found(stdout), ...(stderr && { stderr }) };
  }

  /** @returns id of a container that only waits */
  async start(asked: Asked = {}): Promise<string> {
    const { host, ...members } = asked;
    const waiting = { Cmd: ['sleep', '100000'], host: { Init: true, ...host }, ...members };
    const id = await this.engine.createContainer(this.spec(waiting));
    await this.engine.startContainer(id);
    return id;
  }

  async in(id: string, script: string): Promise<Found> {
    return found((await this.engine.execute(id, probing(script))).stdout);
  }

  async remove(...ids: readonly string[]): Promise<void> {
    for (const id of ids) await this.engine.removeContainer(id, { force: true });
  }

  /** Why a container cannot be made or started; undefined when it can. */
  async refusal(asked: Asked): Promise<string | undefined> {
    const spec = this.spec({ Cmd: ['true'], ...asked });
    const { status, body } = await this.engine.request('POST', '/containers/create', { body: spec });
    const { Id, message } = JSON.parse(body.toString('utf8')) as { Id?: string; message?: string };
    if (Id === undefined) return message ?? `status ${status}`;
    try {
      const path = `/containers/${Id}/start`;
      const started = await this.engine.request('POST', path, { timeout: 300_000 });
      if (started.status < 300) return undefined;
      return (JSON.parse(started.body.toString('utf8')) as { message: string }).message;
    } finally {
      await this.remove(Id);
    }
  }
}

/** As `Promise.all` of a map, but only so many at a time. */
export async function inParallel<T, R>(
  items: readonly T[],
  most: number,
  each: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const left = [...items.entries()];
  const worker = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift())
      results[next[0]] = await each(next[1]);
  };
  await Promise.all(Array.from({ length: most }, worker));
  return results;
}
