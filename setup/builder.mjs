// For Dockerfile.builder: all that ./mkimage.sh needs, on a machine that has Node and Debian's archive.
import { leaveWith } from './failure.mjs';
import { prepareMachine } from './prepare.mjs';

await leaveWith(async () => {
  await prepareMachine(['build'], { install: true, scripts: false });
  return 0;
});
