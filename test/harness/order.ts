import { readFileSync } from 'node:fs';
import type { TestSpecification } from 'vitest/node';
import { BaseSequencer } from 'vitest/node';

/** Files with VMs of their own first, those that share the control last: both shared VMs sleep until then. */
export class SharersLast extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const ranked = (await super.sort(files)).map((file) => ({ file, rank: rankOf(file) }));
    return ranked.sort((one, other) => one.rank - other.rank).map(({ file }) => file);
  }
}

function rankOf({ project, moduleId }: TestSpecification): number {
  if (project.name !== 'boot') return 0;
  const text = readFileSync(moduleId, 'utf8');
  if (text.includes("share('stock')")) return 2;
  return text.includes("share('shared')") ? 1 : 0;
}
