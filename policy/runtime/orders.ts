import * as z from 'zod';
import { runtimePolicy } from './policy.ts';

/** What PID 1 hands to the warden: written whole, read again when it was replaced. */
export const ORDERS_FILE = '/run/bulkhead/policy/orders.json';

export const orders = z.strictObject({ format: z.literal(1), runtime: runtimePolicy });
export type Orders = z.infer<typeof orders>;
