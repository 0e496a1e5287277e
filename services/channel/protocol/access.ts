import type { MethodName } from './methods.ts';

/** When a method is answered, and what becomes of it. A method without a row here does not compile, and is not answered. */
export interface Access {
  /** `before-sealed`: until settings are in force; `sealed`: only then. */
  when: 'always' | 'before-sealed' | 'sealed';
  /** `change`: something is different afterwards; each is written to the log, with its outcome. */
  effect: 'read' | 'change';
  /** Why the host may have it. */
  reason: string;
}

/** The policy of the channel: everything that is not here is refused. */
export const access: { readonly [M in MethodName]: Access } = {
  hello: { when: 'always', effect: 'read', reason: 'agree on the protocol' },
  status: { when: 'always', effect: 'read', reason: 'see what the VM is doing' },
  'certificate.request': { when: 'always', effect: 'read', reason: 'a request is public' },
  'certificate.install': {
    when: 'always',
    effect: 'change',
    reason: 'the host is the authority of its VM; once a boot',
  },
  'certificates.revoke': {
    when: 'sealed',
    effect: 'change',
    reason: 'the host issued them; a revocation is not taken back',
  },
  'certificates.revoked': { when: 'sealed', effect: 'read', reason: 'fingerprints are no secret' },
  'settings.submit': {
    when: 'before-sealed',
    effect: 'change',
    reason: 'signed, or unlocked keys only; once a boot',
  },
  'settings.get': { when: 'sealed', effect: 'read', reason: 'settings hold no secrets' },
  'settings.plan': { when: 'sealed', effect: 'read', reason: 'what a signed document would change' },
  'settings.apply': { when: 'sealed', effect: 'change', reason: 'signed, with a higher serial' },
  'settings.enroll': {
    when: 'sealed',
    effect: 'change',
    reason: 'once, on a machine that belongs to nobody',
  },
  attest: { when: 'sealed', effect: 'read', reason: 'what runs is no secret' },
  'clock.get': { when: 'always', effect: 'read', reason: 'every container can read it' },
  'clock.set': {
    when: 'always',
    effect: 'change',
    reason: "the machine's clock, which it is taken from, is the host's anyway",
  },
  logs: { when: 'always', effect: 'read', reason: 'the log holds no secrets' },
  metrics: {
    when: 'always',
    effect: 'read',
    reason: 'sums and counters; no names but of services and phases',
  },
  shutdown: { when: 'always', effect: 'change', reason: 'the host can pull the plug anyway' },
};
