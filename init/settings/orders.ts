import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ORDERS_FILE, type Orders } from '../../policy/runtime/orders.ts';

/** Puts orders in force: from now on the warden decides by them. The warden reads the file and cannot write it. */
export function writeOrders(orders: Orders): void {
  mkdirSync(dirname(ORDERS_FILE), { recursive: true, mode: 0o755 });
  writeFileSync(`${ORDERS_FILE}.new`, JSON.stringify(orders), { mode: 0o644 });
  renameSync(`${ORDERS_FILE}.new`, ORDERS_FILE);
}
