import type { MachineImage } from '../../host/machine/image.ts';
import type { MachinePaths } from '../../host/machine/paths.ts';
import { kernelWords } from '../../policy/kernel/command-line.ts';
import type { Floor } from '../floor/build.ts';
import type { Contender } from './contender.ts';
import type { Hardware } from './hardware.ts';
import { preparedContender } from './prepared.ts';

/** The image with bench/floor/init.c in the place of stage 0 and Node. It has no clean end. */
export function floorContender(options: {
  floor: Floor;
  image: MachineImage;
  paths: MachinePaths;
  hardware: Hardware;
}): Contender {
  const { floor, image, paths, hardware } = options;
  const commandLine = kernelWords.map(({ word }) => word).join(' ');
  const { kernel, root } = image;
  return preparedContender({ name: 'floor', ...floor, kernel, root, commandLine, paths, hardware });
}
