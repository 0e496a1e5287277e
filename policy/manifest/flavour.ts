import * as z from '../zod.ts';

/** What an image is for: only `product` may be relied on; the others have ways in, for tests (image/flavours.ts). */
export const flavour = z.enum(['product', 'test', 'stock']);
export type Flavour = z.infer<typeof flavour>;
