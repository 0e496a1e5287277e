import { createHash, verify as verifySignature, X509Certificate } from 'node:crypto';
import { der, elementsOf, OCTETS, objectIdentifier, SEQUENCE, SET } from './der.ts';
import { authenticodeDigest, PeError, readPe } from './pe.ts';

const NULL = Buffer.from([0x05, 0x00]);
const SHA256 = der(SEQUENCE, objectIdentifier('2.16.840.1.101.3.4.2.1'), NULL);
const RSA = der(SEQUENCE, objectIdentifier('1.2.840.113549.1.1.1'), NULL);
const SPC_INDIRECT_DATA = objectIdentifier('1.3.6.1.4.1.311.2.1.4');
/** Version 1, for structures that have one. */
const ONE = der(0x02, Buffer.from([1]));
/** SpcPeImageData without flags and with an empty file name, which nothing reads. */
const PE_IMAGE_DATA = der(
  SEQUENCE,
  objectIdentifier('1.3.6.1.4.1.311.2.1.15'),
  Buffer.from('3009030100a004a2028000', 'hex'),
);
const WIN_CERTIFICATE = 8;

/** Signs bytes with RSA, PKCS #1 v1.5 and SHA-256: a key in a file, or a program that has it. */
export type RsaSigner = (data: Buffer) => Promise<Buffer> | Buffer;

/** All of a signature but the RSA value; PKCS #7 as Authenticode wants it. Nothing in it depends on the time. */
function frameOf(digest: Buffer, certificate: Buffer) {
  const content = Buffer.concat([PE_IMAGE_DATA, der(SEQUENCE, SHA256, der(OCTETS, digest))]);
  const contentDigest = createHash('sha256').update(content).digest();
  const attributes = Buffer.concat([
    der(SEQUENCE, objectIdentifier('1.2.840.113549.1.9.3'), der(SET, SPC_INDIRECT_DATA)),
    der(SEQUENCE, objectIdentifier('1.2.840.113549.1.9.4'), der(SET, der(OCTETS, contentDigest))),
  ]);
  const { serial, issuer } = nameOf(certificate);
  const render = (value: Buffer): Buffer => {
    const signer = [der(SEQUENCE, issuer, serial), SHA256, der(0xa0, attributes), RSA, der(OCTETS, value)];
    const signed = [
      ONE,
      der(SET, SHA256),
      der(SEQUENCE, SPC_INDIRECT_DATA, der(0xa0, der(SEQUENCE, content))),
      der(0xa0, certificate),
      der(SET, der(SEQUENCE, ONE, ...signer)),
    ];
    return der(SEQUENCE, objectIdentifier('1.2.840.113549.1.7.2'), der(0xa0, der(SEQUENCE, ...signed)));
  };
  return { toSign: der(SET, attributes), render };
}

/** Serial number and issuer of an X.509 certificate, as they are encoded in it (RFC 5280, 4.1). */
function nameOf(certificate: Buffer): { serial: Buffer; issuer: Buffer } {
  const [body] = elementsOf(certificate);
  const [, serial, , issuer] = body === undefined ? [] : elementsOf(body);
  if (serial === undefined || issuer === undefined) throw new PeError('this is no X.509 certificate');
  return { serial, issuer };
}

/** Appends a signature for UEFI Secure Boot. The same input gives the same file. @param certificate X.509 in DER */
export async function signUefi(program: Buffer, certificate: Buffer, sign: RsaSigner): Promise<Buffer> {
  if (readPe(program).signatures.size > 0) throw new PeError('it is signed already');
  const file = Buffer.concat([program, Buffer.alloc((8 - (program.length % 8)) % 8)]);
  const { toSign, render } = frameOf(authenticodeDigest(file), certificate);
  const pkcs7 = render(await sign(toSign));
  const entry = Buffer.alloc(Math.ceil((WIN_CERTIFICATE + pkcs7.length) / 8) * 8);
  entry.writeUInt32LE(entry.length, 0);
  entry.writeUInt16LE(0x0200, 4); // WIN_CERT_REVISION_2_0
  entry.writeUInt16LE(0x0002, 6); // WIN_CERT_TYPE_PKCS_SIGNED_DATA
  pkcs7.copy(entry, WIN_CERTIFICATE);
  const signed = Buffer.concat([file, entry]);
  const { signatureEntry } = readPe(program);
  signed.writeUInt32LE(file.length, signatureEntry);
  signed.writeUInt32LE(entry.length, signatureEntry + 4);
  return signed;
}

/**
 * Checks that a program has exactly the signature that {@link signUefi} makes with the key of `certificate`.
 * @param certificate X.509, DER or PEM @throws {PeError}
 */
export function verifyUefi(program: Buffer, certificate: Buffer): void {
  const { signatures } = readPe(program);
  if (signatures.size === 0) throw new PeError('it is not signed');
  const { raw, publicKey } = new X509Certificate(certificate);
  const valueSize = (publicKey.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
  const { toSign, render } = frameOf(authenticodeDigest(program), raw);
  const { length } = render(Buffer.alloc(valueSize));
  const start = signatures.offset + WIN_CERTIFICATE;
  const found = program.subarray(start, start + length);
  const value = found.subarray(length - valueSize);
  if (!render(value).equals(found)) throw new PeError('its signature is not of this program and certificate');
  if (!verifySignature('sha256', toSign, publicKey, value)) throw new PeError('its signature does not hold');
}
