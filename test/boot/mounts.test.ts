import { beforeAll, describe, expect, test } from 'vitest';
import { type Attempts, otherOutcomes } from '../attempts/attempt.ts';
import {
  mountAttempts,
  mountScript,
  nestedPlace,
  places,
  quoted,
  rootAttempts,
} from '../attempts/rows/mount-attempts.ts';
import { type Found, inParallel, Prober } from '../harness/probes.ts';
import { share } from '../harness/share.ts';

const vms = { here: share('shared'), stock: share('stock') };
const wheres = ['here', 'stock'] as const;
type Where = (typeof wheres)[number];
const probers = {} as Record<Where, Prober>;

beforeAll(async () => {
  for (const where of wheres) probers[where] = await Prober.open(await vms[where].engine());
});

interface Row {
  title: string;
  enter: string;
  attempts: Attempts;
  host?: Readonly<Record<string, unknown>>;
}

const locks = { same: 'what a user namespace below is given is locked for it' };
const nested = Object.fromEntries(
  Object.entries(mountAttempts).map(([name, attempt]) => [name, { ...attempt, stock: locks }]),
);
const readOnly = { ReadonlyRootfs: true };
const rows: Row[] = [
  ...Object.entries(places).map(([place, enter]) => ({
    title: `a volume ${place}`,
    enter,
    attempts: mountAttempts,
  })),
  { title: 'a volume in a user namespace', enter: nestedPlace, attempts: nested },
  { title: 'the root', enter: '', attempts: rootAttempts, host: readOnly },
  {
    title: 'the root in a mount namespace',
    enter: 'exec unshare -m',
    attempts: rootAttempts,
    host: readOnly,
  },
];

function scriptIn({ enter, attempts }: Row): string {
  return `mkdir -p /tmp/tree /tmp/copy
(${enter} sh -c ${quoted(mountScript(attempts))})
try after cat /ro/file
try passwd grep -c root /etc/passwd`;
}

describe.each(rows.map((row, index) => ({ ...row, index })))('read-only: $title', (row) => {
  const found = {} as Record<Where, Found>;

  beforeAll(async () => {
    const volume = `mounts-${row.index}`;
    await inParallel(wheres, 2, async (where) => {
      await probers[where].run('put /volume/file kept', { host: { Binds: [`${volume}:/volume`] } });
      const Binds = [`${volume}:/ro:ro`, `${volume}-rw:/rw`];
      found[where] = await probers[where].run(scriptIn(row), {
        host: { Privileged: true, Tmpfs: { '/tmp': '' }, Binds, ...row.host },
      });
    });
  });

  test('it stays so, and where it is, and nothing else has changed', () => {
    expect(otherOutcomes(row.attempts, found.here, 'here')).toEqual([]);
    expect(found.here).toMatchObject({ changed: '', after: 'kept', passwd: '1' });
  });

  test('with plain runc it does not', () => {
    expect(otherOutcomes(row.attempts, found.stock, 'stock')).toEqual([]);
  });
});
