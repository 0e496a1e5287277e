import type { RequestPolicy } from '../../../policy/runtime/api.ts';
import { shown } from '../../warden/decision/refusal.ts';
import { Denied } from '../denial.ts';

/** What the kernel takes for tmpfs (tmpfs(5)); `bind` and its like would make it another mount altogether. */
const tmpfsOption =
  /^(size|mode|uid|gid|nr_inodes|nr_blocks)=[\w%]+$|^(ro|rw|noexec|exec|nosuid|nodev|noatime|relatime|nodiratime|sync)?$/;

/**
 * A volume to be made: dockerd mounts it as root (moby, volume/local/local_unix.go), before the runtime layer sees it.
 * @throws Denied (volume-driver, plugins)
 */
export function judgeVolume(
  driver: string,
  options: Readonly<Record<string, string>>,
  policy: RequestPolicy,
): void {
  judgeVolumeDriver(driver, policy);
  if (driver !== '' && driver !== 'local') return;
  const { type = '', device = '', o = '' } = options;
  if (!policy.isolation || (type === '' && device === '' && o === '')) return;
  const plain =
    type === 'tmpfs' && device === 'tmpfs' && o.split(',').every((word) => tmpfsOption.test(word));
  if (!plain)
    throw new Denied(
      'volume-driver',
      `a volume with type=${shown(type)}, device=${shown(device)}, o=${shown(o)} is not allowed: it would be a mount ` +
        'by driver options; of these, only type=tmpfs is allowed',
    );
}

export function judgeVolumeDriver(name: string, { plugins }: RequestPolicy): void {
  if (name !== '' && name !== 'local' && !plugins)
    throw new Denied('plugins', `volume driver ${shown(name)} is not allowed: drivers are plugins`);
}
