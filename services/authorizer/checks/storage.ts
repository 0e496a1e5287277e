import { Denied } from '../denial.ts';
import { bodyOf, type Check, mustHaveNoBody } from '../request.ts';
import { judgeVolume } from './volumes.ts';

/** POST /volumes/create */
export const createVolume: Check = (asked) => {
  const body = bodyOf(asked);
  if (body.inner('ClusterVolumeSpec').names().length > 0)
    throw new Denied('plugins', 'cluster volumes are not allowed: their drivers are plugins');
  judgeVolume(body.text('Driver'), body.map('DriverOpts'), asked.policy);
};

/** POST /images/load */
export const loadImages: Check = ({ policy }) => {
  if (policy.blockDockerLoad) throw blocked('docker load');
};

/** POST /images/create: a pull, or an import from a file or an address. */
export const createImage: Check = (asked) => {
  if (!asked.policy.blockDockerLoad) return;
  if ((asked.target.query.get('fromImage') ?? '') === '') throw blocked('docker import');
  mustHaveNoBody(asked);
};

function blocked(command: string): Denied {
  return new Denied('image-files', `${command} is not allowed: images from files are blocked`);
}
