import * as z from '../zod.ts';
import { apiPolicy } from './api.ts';
import { runtimePolicy } from './policy.ts';

/** What PID 1 hands to the warden and to the authorizer: written whole, read again when it was replaced. */
export const ORDERS_FILE = '/run/bulkhead/policy/orders.json';

export const orders = z.strictObject({ format: z.literal(1), runtime: runtimePolicy, api: apiPolicy });
export type Orders = z.infer<typeof orders>;
