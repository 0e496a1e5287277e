import { HostError } from '../errors.ts';

const UNITS = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 } as const;

/**
 * Reads `20G`, `512M`, `1.5T`; a bare number counts in `unit`.
 * @returns bytes
 * @throws {HostError} `bad-option`
 */
export function parseSize(text: string, unit: keyof typeof UNITS): number {
  const match = /^(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?$/i.exec(text.trim());
  const [, number, letter] = match ?? [];
  if (number === undefined) {
    throw new HostError('bad-option', `${JSON.stringify(text)} is no size`, {
      hint: 'write it like 20G or 2048M',
    });
  }
  return Math.round(Number(number) * UNITS[(letter?.toUpperCase() || unit) as keyof typeof UNITS]);
}

/** Bytes as a person reads them: `20 GiB`. */
export function formatSize(bytes: number): string {
  for (const unit of ['T', 'G', 'M', 'K'] as const) {
    if (bytes >= UNITS[unit]) return `${Number((bytes / UNITS[unit]).toFixed(1))} ${unit}iB`;
  }
  return `${bytes} bytes`;
}
