import { Agent, request } from 'node:https';
import type { ImageFacts } from '../../policy/docker-socket/images.ts';
import * as z from '../../policy/zod.ts';
import type { Answers, Question } from './known.ts';

/** How this process reaches the engine: as any client does, with a certificate that may only look. */
export interface EngineAccess {
  port: number;
  /** PEM: who certified the engine; our own certificate; its key. */
  ca: string;
  cert: string;
  key: string;
}

const TIMEOUT_MS = 30_000;
const MOST_BYTES = 32 * 1024 * 1024;
/** Names move and images go; what is asked twice in the same moment is asked once. */
const REMEMBERED_MS = 3_000;
const MOST_REMEMBERED = 256;

const texts = z.pipe(
  z.nullish(z.array(z.string())),
  z.transform((list) => list ?? []),
);
const image = z.object({
  Id: z.string(),
  RepoTags: texts,
  RepoDigests: texts,
  RootFS: z.optional(z.object({ Layers: texts })),
});
const containers = z.array(z.object({ Id: z.string(), ImageID: z.string() }));

type Answer = Answers[keyof Answers];

/** Asks the engine what a judgement depends on. None of it waits for a container's lock (moby, daemon/list.go). */
export class Engine {
  readonly #access: () => EngineAccess;
  readonly #remembered = new Map<string, { at: number; answer: Promise<Answer> }>();
  #agent: Agent | undefined;

  /** @param access read when it is first needed */
  constructor(access: () => EngineAccess) {
    this.#access = access;
  }

  ask(question: Question): Promise<Answer> {
    const key = JSON.stringify(question);
    const before = this.#remembered.get(key);
    if (before !== undefined && performance.now() - before.at < REMEMBERED_MS) return before.answer;
    if (this.#remembered.size >= MOST_REMEMBERED) this.#remembered.clear();
    const answer = this.#answer(question);
    this.#remembered.set(key, { at: performance.now(), answer });
    answer.catch(() => this.#remembered.delete(key));
    return answer;
  }

  async #answer(question: Question): Promise<Answer> {
    switch (question.about) {
      case 'image': {
        const found = await this.#get(`/images/${encodeURIComponent(question.name)}/json`);
        return found === undefined ? undefined : factsOf(image.parse(found));
      }
      case 'images':
        return z
          .array(image)
          .parse(await this.#get('/images/json'))
          .map(factsOf);
      case 'container': {
        const filters = encodeURIComponent(JSON.stringify({ id: [question.id] }));
        const list = containers.parse(await this.#get(`/containers/json?all=1&filters=${filters}`));
        return list.find(({ Id }) => Id === question.id)?.ImageID;
      }
    }
  }

  /** @returns undefined when there is no such thing */
  #get(path: string): Promise<unknown> {
    const { port, ca, cert, key } = this.#access();
    this.#agent ??= new Agent({ keepAlive: true, maxSockets: 16, ca, cert, key });
    const options = { host: '127.0.0.1', port, path, agent: this.#agent, timeout: TIMEOUT_MS };
    return new Promise((resolve, reject) => {
      const asked = request(options, (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > MOST_BYTES) asked.destroy(new Error('the engine says too much'));
          else chunks.push(chunk);
        });
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          if (response.statusCode === 404) return resolve(undefined);
          if (response.statusCode !== 200)
            return reject(new Error(`the engine answers ${text.slice(0, 300)}`));
          try {
            resolve(JSON.parse(text));
          } catch (error) {
            reject(error);
          }
        });
      });
      asked.on('timeout', () => asked.destroy(new Error('the engine does not answer')));
      asked.on('error', reject);
      asked.end();
    });
  }
}

function factsOf({ Id, RepoTags, RepoDigests, RootFS }: z.output<typeof image>): ImageFacts {
  return { id: Id, tags: RepoTags, digests: RepoDigests, layers: RootFS?.Layers ?? [] };
}
