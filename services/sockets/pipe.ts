import type { Duplex } from 'node:stream';

/**
 * Bytes both ways, and nothing read of them: hijacked streams, `/session` and `/grpc` are what they are. One end closing
 * its sending half closes the other's (`docker attach` does that at the end of its input); one that breaks off takes the
 * other with it. Both must be half-open streams.
 */
export function pipe(one: Duplex, other: Duplex): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.pipe(to);
    from.on('error', () => to.destroy());
    // After its end what it said is still on its way to the other one.
    from.on('close', () => from.readableEnded || to.destroy());
  }
}
