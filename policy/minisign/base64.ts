/**
 * Bytes of canonical base64, or undefined: Node's decoder skips what it does not know, so two texts could
 * stand for the same bytes; here only the one that encodes back to itself is taken.
 */
export function fromBase64(text: string, length: number): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === length && bytes.toString('base64') === text ? bytes : undefined;
}
