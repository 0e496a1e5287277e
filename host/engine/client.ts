import * as z from '../../policy/zod.ts';
import { HostError } from '../errors.ts';
import { demultiplex, type Output } from './demultiplex.ts';
import * as shapes from './shapes.ts';
import { type Endpoint, type EngineRequest, type EngineResponse, send } from './transport.ts';

type Method = EngineRequest['method'];
type CallOptions = Pick<EngineRequest, 'timeout' | 'signal'>;
type Query = Readonly<Record<string, string | number | boolean>>;

/** The part of the Engine API that running a container takes, over mutual TLS. */
export class EngineClient {
  readonly #endpoint: Endpoint;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  /** Any path, any answer, nothing interpreted. @throws {HostError} `engine-unreachable` */
  request(
    method: Method,
    path: string,
    options: Omit<EngineRequest, 'method' | 'path'> = {},
  ): Promise<EngineResponse> {
    return send(this.#endpoint, { ...options, method, path });
  }

  async ping(options: CallOptions = {}): Promise<void> {
    await this.#expect('GET', '/_ping', options);
  }

  version(options: CallOptions = {}): Promise<shapes.EngineVersion> {
    return this.#json('GET', '/version', shapes.engineVersion, options);
  }

  info(): Promise<shapes.EngineInfo> {
    return this.#json('GET', '/info', shapes.engineInfo);
  }

  /** @param file a tar archive as `docker save` writes it. @returns what the engine says it loaded */
  async loadImage(file: string): Promise<string[]> {
    const { body } = await this.#expect('POST', '/images/load', { file, timeout: 300_000 });
    const lines = body
      .toString('utf8')
      .split('\n')
      .filter((line) => line.trim() !== '');
    const loaded: string[] = [];
    for (const line of lines) {
      const { stream, error } = parse(line, shapes.loadProgress, 'POST /images/load');
      if (error !== undefined) throw new HostError('engine-refused', `the image was not loaded: ${error}`);
      const name = /^Loaded image(?: ID)?: (.+)$/m.exec(stream ?? '')?.[1];
      if (name !== undefined) loaded.push(name);
    }
    return loaded;
  }

  async hasImage(reference: string): Promise<boolean> {
    const { status } = await this.request('GET', `/images/${encodeURIComponent(reference)}/json`);
    return status === 200;
  }

  async createContainer(spec: shapes.ContainerSpec, name?: string): Promise<string> {
    const path = `/containers/create${query(name === undefined ? {} : { name })}`;
    return (await this.#json('POST', path, shapes.created, { body: spec })).Id;
  }

  async startContainer(id: string): Promise<void> {
    await this.#expect('POST', `/containers/${id}/start`, { timeout: 300_000 });
  }

  /** Waits until it is not running, without a time limit of its own. @returns its exit code */
  async waitContainer(
    id: string,
    options: CallOptions & { condition?: 'not-running' | 'next-exit' } = {},
  ): Promise<number> {
    const { condition = 'not-running', ...rest } = options;
    const path = `/containers/${id}/wait${query({ condition })}`;
    const { StatusCode, Error: failure } = await this.#json('POST', path, shapes.waited, {
      timeout: 0,
      ...rest,
    });
    if (failure) throw new HostError('engine-refused', failure.Message);
    return StatusCode;
  }

  async stopContainer(id: string, seconds = 10): Promise<void> {
    await this.#expect('POST', `/containers/${id}/stop${query({ t: seconds })}`, {
      timeout: (seconds + 60) * 1000,
    });
  }

  /** What a container without a terminal wrote so far. */
  async logs(id: string): Promise<Output> {
    const { body } = await this.#expect(
      'GET',
      `/containers/${id}/logs${query({ stdout: true, stderr: true })}`,
    );
    return demultiplex(body);
  }

  async removeContainer(id: string, options: { force?: boolean } = {}): Promise<void> {
    await this.#expect('DELETE', `/containers/${id}${query({ force: options.force ?? false, v: true })}`);
  }

  inspectContainer(id: string): Promise<shapes.ContainerInspection> {
    return this.#json('GET', `/containers/${id}/json`, shapes.containerInspection);
  }

  listContainers(options: { all?: boolean } = {}): Promise<shapes.ContainerList> {
    return this.#json('GET', `/containers/json${query({ all: options.all ?? false })}`, shapes.containerList);
  }

  /** Runs a command in a running container. */
  async execute(id: string, command: readonly string[]): Promise<Output & { exitCode: number }> {
    const body = { Cmd: command, AttachStdout: true, AttachStderr: true };
    const { Id } = await this.#json('POST', `/containers/${id}/exec`, shapes.created, { body });
    const output = await this.#expect('POST', `/exec/${Id}/start`, { body: { Detach: false }, timeout: 0 });
    const { ExitCode } = await this.#json('GET', `/exec/${Id}/json`, shapes.executed);
    return { ...demultiplex(output.body), exitCode: ExitCode ?? -1 };
  }

  async #json<T>(
    method: Method,
    path: string,
    shape: z.ZodMiniType<T>,
    options: Omit<EngineRequest, 'method' | 'path'> = {},
  ): Promise<T> {
    const { body } = await this.#expect(method, path, options);
    return parse(body.toString('utf8'), shape, `${method} ${path}`);
  }

  async #expect(
    method: Method,
    path: string,
    options: Omit<EngineRequest, 'method' | 'path'> = {},
  ): Promise<EngineResponse> {
    const response = await this.request(method, path, options);
    // 304: already started, or already stopped.
    if (response.status < 300 || response.status === 304) return response;
    throw new HostError('engine-refused', `${method} ${path}: ${reasonOf(response)}`);
  }
}

function parse<T>(text: string, shape: z.ZodMiniType<T>, what: string): T {
  try {
    return shape.parse(JSON.parse(text));
  } catch (error) {
    if (!(error instanceof z.core.$ZodError || error instanceof SyntaxError)) throw error;
    throw new HostError('engine-malformed', `the engine's answer to ${what} has not the known shape`, {
      cause: error,
    });
  }
}

function reasonOf({ status, body }: EngineResponse): string {
  const text = body.toString('utf8');
  try {
    return `${shapes.engineError.parse(JSON.parse(text)).message} (${status})`;
  } catch (error) {
    if (!(error instanceof z.core.$ZodError || error instanceof SyntaxError)) throw error;
    return `${text.slice(0, 500).trim()} (${status})`;
  }
}

function query(values: Query): string {
  const parameters = new URLSearchParams(Object.entries(values).map(([key, value]) => [key, String(value)]));
  return parameters.size === 0 ? '' : `?${parameters}`;
}
