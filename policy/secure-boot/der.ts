/** What little of DER (X.690) a signature of a UEFI program takes. */
export function der(tag: number, ...content: readonly (Buffer | Uint8Array)[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag]), lengthOf(body.length), body]);
}

export const SEQUENCE = 0x30;
export const SET = 0x31;
export const OCTETS = 0x04;

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const digits = length.toString(16);
  const bytes = Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex');
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes]);
}

export function objectIdentifier(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((part) => {
    const groups = [part & 0x7f];
    for (let left = part >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80);
    return groups;
  });
  return der(0x06, Buffer.from(bytes));
}

/** The elements in a constructed one, whole. @throws {RangeError} when lengths do not fit */
export function elementsOf(constructed: Buffer): Buffer[] {
  const { start, end } = boundsOf(constructed);
  if (end !== constructed.length) throw new RangeError('it has something behind it');
  const elements: Buffer[] = [];
  for (let at = start; at < end; ) {
    const element = constructed.subarray(at, at + boundsOf(constructed.subarray(at)).end);
    elements.push(element);
    at += element.length;
  }
  return elements;
}

function boundsOf(data: Buffer): { start: number; end: number } {
  const first = data.readUInt8(1);
  const digits = first < 0x80 ? 0 : first & 0x7f;
  const length = digits === 0 ? first : data.readUIntBE(2, digits);
  const start = 2 + digits;
  if (start + length > data.length) throw new RangeError('it is cut off');
  return { start, end: start + length };
}
