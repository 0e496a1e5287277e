import type { TestSpecification } from 'vitest/node';
import { BaseSequencer } from 'vitest/node';
import { sharedVmsOf } from './lanes.ts';

/** Files that share the control last: it sleeps until then. */
export class ControlLast extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const ranked = (await super.sort(files)).map((file) => ({ file, rank: rankOf(file) }));
    return ranked.sort((one, other) => one.rank - other.rank).map(({ file }) => file);
  }
}

function rankOf({ project, moduleId }: TestSpecification): number {
  return project.name === 'boot' && sharedVmsOf(moduleId).includes('stock') ? 1 : 0;
}
