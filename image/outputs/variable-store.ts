import { ImageError } from '../error.ts';

/** Certificates, X.509 in DER: whose signatures the firmware accepts, and who may change that. */
export interface EnrolledCertificates {
  platformKey: Buffer;
  keyExchangeKey: Buffer;
  database: Buffer;
}

const GUID = {
  /** of variables of the specification: EFI_GLOBAL_VARIABLE */
  global: '8be4df61-93ca-11d2-aa0d-00e098032b8c',
  /** of `db`: EFI_IMAGE_SECURITY_DATABASE_GUID */
  security: 'd719b2cb-3d3a-4596-a3bc-dad00e67656f',
  /** EDK II's switch of Secure Boot: gEfiSecureBootEnableDisableGuid */
  enable: 'f0a30bc7-af08-4556-99c4-001009c93a44',
  /** gEfiCustomModeEnableGuid */
  custom: 'c076ec0c-7028-4399-a072-71ee5c448b9f',
  /** gEfiAuthenticatedVariableGuid: the kind of store */
  store: 'aaf32c78-947b-439a-a180-2e144ec37792',
  /** EFI_CERT_X509_GUID */
  x509: 'a5c059a1-94e4-4aa7-87b5-ab155c2bf072',
  /** the owner that our signatures name: made up once */
  bulkhead: '6275656c-6b68-4561-8d00-000000000001',
} as const;

/** NON_VOLATILE, BOOTSERVICE_ACCESS; and RUNTIME_ACCESS, TIME_BASED_AUTHENTICATED_WRITE_ACCESS */
const PRIVATE = 0x03;
const AUTHENTICATED = 0x27;
const VARIABLE = 60;

/**
 * Puts our certificates into an empty variable store of OVMF and turns Secure Boot on: what enrolling by hand in the
 * firmware's menu does (EDK II, MdeModulePkg/Include/Guid/VariableFormat.h; UEFI 2.10, 32.4.1).
 * @param template Debian's OVMF_VARS_4M.fd
 */
export function enrolledStore(template: Buffer, certificates: EnrolledCertificates): Buffer {
  const store = Buffer.from(template);
  const start = store.readUInt16LE(48); // EFI_FIRMWARE_VOLUME_HEADER.HeaderLength
  const isStore = store.subarray(start, start + 16).equals(guid(GUID.store));
  const size = isStore ? store.readUInt32LE(start + 16) : 0;
  const empty = store.subarray(start + 28, start + size).every((byte) => byte === 0xff);
  if (!isStore || !empty) {
    throw new ImageError('command-failed', "OVMF's variable store has an unknown form", 'report it');
  }
  const { platformKey, keyExchangeKey, database } = certificates;
  const variables = [
    variable('PK', GUID.global, AUTHENTICATED, signatureList(platformKey)),
    variable('KEK', GUID.global, AUTHENTICATED, signatureList(keyExchangeKey)),
    variable('db', GUID.security, AUTHENTICATED, signatureList(database)),
    variable('SecureBootEnable', GUID.enable, PRIVATE, Buffer.from([1])),
    variable('CustomMode', GUID.custom, PRIVATE, Buffer.from([0])),
  ];
  Buffer.concat(variables).copy(store, start + 28);
  return store;
}

/** The same store with Secure Boot off: for tests, which show what it stops. */
export function storeWithoutSecureBoot(enrolled: Buffer): Buffer {
  const store = Buffer.from(enrolled);
  const on = variable('SecureBootEnable', GUID.enable, PRIVATE, Buffer.from([1]));
  variable('SecureBootEnable', GUID.enable, PRIVATE, Buffer.from([0])).copy(store, store.indexOf(on));
  return store;
}

/** AUTHENTICATED_VARIABLE_HEADER, name, content; filled up to four bytes. */
function variable(name: string, vendor: string, attributes: number, data: Buffer): Buffer {
  const text = Buffer.from(`${name}\0`, 'utf16le');
  const header = Buffer.alloc(VARIABLE);
  header.writeUInt16LE(0x55aa, 0);
  header.writeUInt8(0x3f, 2); // VAR_ADDED
  header.writeUInt32LE(attributes, 4);
  if (attributes === AUTHENTICATED) {
    header.writeUInt16LE(2000, 16); // TimeStamp, 2000-01-01: a later update may replace it
    header.writeUInt8(1, 18);
    header.writeUInt8(1, 19);
  }
  header.writeUInt32LE(text.length, 36);
  header.writeUInt32LE(data.length, 40);
  guid(vendor).copy(header, 44);
  const whole = Buffer.concat([header, text, data]);
  return Buffer.concat([whole, Buffer.alloc((4 - (whole.length % 4)) % 4, 0xff)]);
}

/** EFI_SIGNATURE_LIST with one certificate. */
function signatureList(certificate: Buffer): Buffer {
  const header = Buffer.alloc(28);
  guid(GUID.x509).copy(header);
  header.writeUInt32LE(28 + 16 + certificate.length, 16);
  header.writeUInt32LE(16 + certificate.length, 24);
  return Buffer.concat([header, guid(GUID.bulkhead), certificate]);
}

/** EFI_GUID: its first three parts are little-endian. */
function guid(text: string): Buffer {
  const bytes = Buffer.from(text.replaceAll('-', ''), 'hex');
  bytes.subarray(0, 4).reverse();
  bytes.subarray(4, 6).reverse();
  bytes.subarray(6, 8).reverse();
  return bytes;
}
