import { writeJson } from './json.ts';
import { decideProcess } from './process.ts';
import { readProcess } from './spec.ts';

/**
 * The process of `runc exec --process`, rebuilt. Its namespaces, mounts, seccomp filter and cgroup are the container's.
 * @throws Refused
 */
export function decideExec(document: Buffer): string {
  return writeJson(decideProcess(readProcess(document)));
}
