import * as z from 'zod';

/** Paths of members that a schema does not know and leaves out, as far as its objects and arrays reach. */
export function unknownMembers(schema: z.ZodType, value: unknown): string[][] {
  if (schema instanceof z.ZodOptional) return unknownMembers(schema.unwrap() as z.ZodType, value);
  if (schema instanceof z.ZodArray && Array.isArray(value)) {
    return value.flatMap((each, at) => below(String(at), schema.element as z.ZodType, each));
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!(schema instanceof z.ZodObject) || schema.def.catchall !== undefined || !isObject) return [];
  const shape = schema.shape as Record<string, z.ZodType>;
  return Object.entries(value).flatMap(([key, each]) => {
    const inner = Object.hasOwn(shape, key) ? shape[key] : undefined;
    return inner === undefined ? [[key]] : below(key, inner, each);
  });
}

function below(key: string, schema: z.ZodType, value: unknown): string[][] {
  return unknownMembers(schema, value).map((path) => [key, ...path]);
}
