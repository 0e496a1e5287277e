import { posix } from 'node:path';
import type { RequestPolicy } from '../../../policy/runtime/api.ts';
import { shown } from '../../warden/decision/refusal.ts';
import { restricted } from '../../warden/decision/sources.ts';
import { Denied } from '../denial.ts';
import type { Fields } from '../fields.ts';
import type { Known } from '../known.ts';
import { engineSocket, judgeSocketMount, refuseOtherSocket } from './socket.ts';
import { judgeVolume } from './volumes.ts';

const kinds = ['bind', 'volume', 'tmpfs', ''];

/**
 * Places of the VM's own. dockerd makes what is missing of a bind's source, as root, before anybody sees the container:
 * hence the name is judged here, and what it leads to by the runtime layer. Others may be shared folders.
 */
const places = 'bin boot dev etc lib lib64 proc root run sbin sys tmp usr var'.split(' ');
const volumeData = /^\/var\/lib\/docker\/volumes\/[a-zA-Z0-9][a-zA-Z0-9_.-]*\/_data(\/|$)/;
/** The engine's socket by any of the names that tools use: also the host's, which a tool may take over as it is. */
const socket = /(^|\/)(docker|containerd|docker-raw|podman)\.sock$/;

/** Who asks for a mount. */
export interface Container {
  /** Its image, as the client named it. */
  image: string;
  policy: RequestPolicy;
  known: Known;
}

/** One of `Binds`: SOURCE:TARGET[:OPTIONS], where SOURCE is a path or a volume's name. */
export function judgeBind(bind: string, container: Container): void {
  const [source = '', target] = bind.split(':');
  if (target !== undefined && source.startsWith('/')) judgeSource(source, container);
}

/** One of `Mounts`, of a container or of a service. */
export function judgeMount(mount: Fields, container: Container): void {
  const type = mount.text('Type');
  if (!kinds.includes(type)) throw new Denied('plugins', `mounts of type ${shown(type)} are not allowed`);
  const source = mount.text('Source');
  if (type === 'bind' || source.startsWith('/')) judgeSource(source, container);
  const driver = mount.inner('VolumeOptions').inner('DriverConfig');
  judgeVolume(driver.text('Name'), driver.map('Options'), container.policy);
}

function judgeSource(source: string, { image, policy, known }: Container): void {
  if (!policy.isolation) return;
  const path = posix.normalize(`/${source}`).replace(/(?<=.)\/$/, '');
  if (engineSocket.test(path)) {
    judgeSocketMount(image, policy, known);
    return;
  }
  if (socket.test(path)) refuseOtherSocket(image);
  const [, first = ''] = path.split('/');
  if ((first === '' || places.includes(first)) && !volumeData.test(path)) throw restricted(source);
}
