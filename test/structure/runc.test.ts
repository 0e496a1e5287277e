import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { WARDEN_SOCKET, WARDEN_UID } from '../../services/warden/definition.ts';
import * as messages from '../../services/warden/messages.ts';

const header = readFileSync('services/runc/runc.h', 'utf8').replaceAll(/\/\*.*?\*\//gs, '');
const numbers = Object.fromEntries(
  [...header.matchAll(/^#define (\w+) \(?(\d+)u?((?: \* 1024)*)\)?$/gm)].map(([, name, value, factors]) => [
    name,
    Number(value) * 1024 ** ((factors ?? '').split('*').length - 1),
  ]),
);

it('the client in C and the warden agree on their numbers and paths', () => {
  expect(numbers).toMatchObject({
    FIRST_BASE: messages.FIRST_BASE,
    RANGE: messages.RANGE,
    TIME_DESCRIPTOR: messages.TIME_DESCRIPTOR,
    NAMESPACE_DESCRIPTOR: messages.NAMESPACE_DESCRIPTOR,
    OWNER_DESCRIPTOR: messages.OWNER_DESCRIPTOR,
    MOST_ITEMS: messages.MOST_ITEMS,
  });
  expect(numbers.MOST_DOCUMENT_BYTES).toBe(messages.MOST_DOCUMENT_BYTES);
  expect(numbers.WARDEN_UID).toBe(WARDEN_UID);
  const path = (name: string) =>
    `/run/bulkhead${new RegExp(`^#define ${name} BULKHEAD_RUN "(.*)"$`, 'm').exec(header)?.[1]}`;
  expect(path('STAGING')).toBe(messages.STAGING);
  expect(path('WARDEN_SOCKET')).toBe(WARDEN_SOCKET);
});
