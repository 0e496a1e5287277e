import { sharedNetwork } from '../../warden/decision/namespaces.ts';
import { Denied } from '../denial.ts';
import type { Check } from '../request.ts';

/** POST /build. What BuildKit is asked over /session and /grpc is not seen here; the runtime layer judges what it runs. */
export const build: Check = ({ target, policy }) => {
  if (policy.isolation && target.query.get('networkmode') === 'host') throw sharedNetwork();
};

/** POST /containers/{name}/start */
export const startContainer: Check = ({ target }) => {
  if (target.query.get('checkpoint') || target.query.get('checkpoint-dir'))
    throw new Denied('not-offered', 'containers cannot be started from checkpoints');
};
