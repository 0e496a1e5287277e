import * as z from '../zod.ts';

/** Paths of members that a schema does not know and leaves out, as far as its objects and arrays reach. */
export function unknownMembers(schema: z.ZodMiniType, value: unknown): string[][] {
  if (schema instanceof z.ZodMiniOptional)
    return unknownMembers(schema.def.innerType as z.ZodMiniType, value);
  if (schema instanceof z.ZodMiniArray && Array.isArray(value)) {
    return value.flatMap((each, at) => below(String(at), schema.def.element as z.ZodMiniType, each));
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!(schema instanceof z.ZodMiniObject) || schema.def.catchall !== undefined || !isObject) return [];
  const shape = schema.shape as Record<string, z.ZodMiniType>;
  return Object.entries(value).flatMap(([key, each]) => {
    const inner = Object.hasOwn(shape, key) ? shape[key] : undefined;
    return inner === undefined ? [[key]] : below(key, inner, each);
  });
}

function below(key: string, schema: z.ZodMiniType, value: unknown): string[][] {
  return unknownMembers(schema, value).map((path) => [key, ...path]);
}
