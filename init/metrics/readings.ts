/** What kernel files say, as numbers. Pure; what is not there or not understood is left out. */

/** `key value` or `key: value kB` lines: memory.events, cpu.stat, /proc/meminfo, /proc/PID/status. kB become bytes. */
export function readKeyed(text: string): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [, key, number, unit] = /^([A-Za-z_()0-9]+):?\s+(\d+)(?: (kB))?$/.exec(line) ?? [];
    if (key !== undefined) values.set(key, Number(number) * (unit === 'kB' ? 1024 : 1));
  }
  return values;
}

/** Seconds that something (`some`) or everything (`full`) waited: Documentation/accounting/psi.rst. */
export function readPressure(text: string): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [, kind, total] = /^(some|full) .*total=(\d+)$/.exec(line) ?? [];
    if (kind !== undefined) values.set(kind, Number(total) / 1e6);
  }
  return values;
}
