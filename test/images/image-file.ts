import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { digestOf } from '../../image/digest.ts';
import type { RootTree } from '../../image/tree/root-tree.ts';
import { type TarItem, writeTar } from './tar-file.ts';

/** A container image: layers from the lowest on, and how it is run (OCI image configuration, `config`). */
export interface Recipe {
  layers: readonly RootTree[];
  config: {
    Entrypoint?: readonly string[];
    Cmd?: readonly string[];
    Env: readonly string[];
    StopSignal?: string;
    Labels?: Readonly<Record<string, string>>;
    Volumes?: Readonly<Record<string, object>>;
  };
}

/** Writes a file for `docker load` (Docker Image Specification v1.2), the same for the same recipe. */
export async function writeImage(recipe: Recipe, reference: string, output: string): Promise<void> {
  const partial = `${output}.${process.pid}.part`;
  const layers: { name: string; path: string; digest: string }[] = [];
  try {
    for (const [index, tree] of recipe.layers.entries()) {
      const path = `${partial}.${index}`;
      layers.push({ name: `layer${index}.tar`, path, digest: await writeTar(path, layerItems(tree)) });
    }
    const created = '1970-01-01T00:00:00Z';
    const config = Buffer.from(
      JSON.stringify({
        architecture: 'amd64',
        os: 'linux',
        created,
        config: { WorkingDir: '/', ...recipe.config },
        rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => `sha256:${digest}`) },
        history: layers.map(() => ({ created, created_by: 'bulkhead test/images' })),
      }),
    );
    const configName = `${digestOf(config)}.json`;
    const manifest = Buffer.from(
      JSON.stringify([{ Config: configName, RepoTags: [reference], Layers: layers.map(({ name }) => name) }]),
    );
    await writeTar(partial, [
      file(configName, config),
      ...layers.map(({ name, path }) => file(name, path)),
      file('manifest.json', manifest),
    ]);
    await rename(partial, output);
  } finally {
    for (const path of [partial, ...layers.map((layer) => layer.path)]) await rm(path, { force: true });
  }
}

function file(path: string, source: string | Buffer): TarItem {
  return { path, mode: 0o644, content: { kind: 'file', source } };
}

/** With all parent folders, which the engine would otherwise make with a mode of its own. */
function layerItems(tree: RootTree): TarItem[] {
  const items = new Map<string, TarItem>();
  const folder = (path: string): void => {
    if (path === '/' || items.has(path)) return;
    folder(dirname(path));
    const mode = path === '/tmp' || path === '/var/tmp' ? 0o1777 : 0o755;
    items.set(path, { path: path.slice(1), mode, content: { kind: 'directory' } });
  };
  for (const [path, entry] of tree.entries()) {
    if (entry.kind === 'directory') folder(path);
    else {
      folder(dirname(path));
      items.set(path, {
        path: path.slice(1),
        mode: entry.kind === 'file' ? entry.mode : 0o777,
        content: entry,
      });
    }
  }
  return [...items.values()];
}
