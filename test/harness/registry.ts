import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { choosePort } from '../../host/machine/port.ts';
import { digestOf } from '../../image/digest.ts';
import { run } from '../../image/run.ts';
import { debianPrograms } from './debian-programs.ts';

const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const CONFIG = 'application/vnd.docker.container.image.v1+json';
const LAYER = 'application/vnd.docker.image.rootfs.diff.tar.gzip';
/** Milliseconds. */
const STARTS_WITHIN = 30_000;

/** Debian's docker-registry on this machine's loopback: a VM reaches it at the address of its gateway. */
export class Registry {
  readonly #url: string;
  readonly #process: ChildProcess;
  /** As the VM sees it: a mirror for dockerd (`registry-mirrors`). */
  readonly mirror: string;

  private constructor(port: number, child: ChildProcess) {
    this.#url = `http://127.0.0.1:${port}`;
    this.#process = child;
    this.mirror = `http://10.0.2.2:${port}`;
  }

  /** @param folder for what it stores */
  static async start(folder: string): Promise<Registry> {
    const tools = await debianPrograms('registry', {
      'docker-registry': ['docker-registry', '/usr/bin/docker-registry'],
    });
    const port = await choosePort(undefined, undefined);
    const configuration = join(folder, 'registry.json'); // JSON is YAML
    const storage = { filesystem: { rootdirectory: join(folder, 'registry') } };
    const http = { addr: `127.0.0.1:${port}`, secret: 'of this test' };
    writeFileSync(configuration, JSON.stringify({ version: 0.1, log: { level: 'error' }, storage, http }));
    const child = spawn(join(tools, 'docker-registry'), ['serve', configuration], { stdio: 'ignore' });
    const registry = new Registry(port, child);
    const end = Date.now() + STARTS_WITHIN;
    while (!(await registry.#answers())) {
      if (child.exitCode !== null || Date.now() > end) throw new Error('docker-registry does not answer');
      await sleep(100);
    }
    return registry;
  }

  /**
   * Pushes an image file of `docker save` (Docker Image Specification v1.2) as the distribution specification has it.
   * @returns its digest
   */
  async push(file: string, repository: string, tag: string): Promise<string> {
    const part = (name: string) => run('tar', ['-xOf', file, name]);
    const [image] = JSON.parse((await part('manifest.json')).toString('utf8')) as [
      { Config: string; Layers: string[] },
    ];
    const config = await this.#blob(repository, CONFIG, await part(image.Config));
    const layers = [];
    for (const layer of image.Layers)
      layers.push(await this.#blob(repository, LAYER, gzipSync(await part(layer), { level: 1 })));
    const manifest = JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, config, layers });
    await this.#send('PUT', `/v2/${repository}/manifests/${tag}`, manifest, MANIFEST);
    return `sha256:${digestOf(manifest)}`;
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || !this.#process.kill()) return;
    await once(this.#process, 'exit');
  }

  async #blob(repository: string, mediaType: string, bytes: Buffer) {
    const digest = `sha256:${digestOf(bytes)}`;
    const begun = await this.#send('POST', `/v2/${repository}/blobs/uploads/`);
    const place = new URL(begun.headers.get('location') ?? '', this.#url);
    place.searchParams.set('digest', digest);
    await this.#send('PUT', `${place.pathname}${place.search}`, bytes, 'application/octet-stream');
    return { mediaType, size: bytes.length, digest };
  }

  async #send(method: string, path: string, body: string | Buffer = '', type?: string): Promise<Response> {
    const headers = type === undefined ? {} : { 'Content-Type': type };
    const answer = await fetch(`${this.#url}${path}`, { method, headers, body });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  }

  async #answers(): Promise<boolean> {
    try {
      return (await fetch(`${this.#url}/v2/`)).ok;
    } catch {
      return false; // not yet
    }
  }
}
