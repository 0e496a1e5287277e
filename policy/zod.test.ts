import { expect, test } from 'vitest';
import * as z from './zod.ts';

// without words for a language, zod/mini says 'Invalid input' of everything
test('what is refused is refused in words', () => {
  expect(z.string().safeParse(1).error?.issues[0]?.message).toBe(
    'Invalid input: expected string, received number',
  );
});
