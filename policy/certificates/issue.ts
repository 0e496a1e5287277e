import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { der, OCTETS, objectIdentifier, SEQUENCE, SET } from '../secure-boot/der.ts';

/**
 * Certificates that the VM makes for itself: of containers that may ask the engine, and of the authorizer. P-256 only,
 * and nothing but what such a certificate needs (RFC 5280); the host's own are made by a library.
 */
export interface Subject {
  /** Common name. */
  name: string;
  /** Organizational unit: the role. */
  unit: string;
}

export interface Issuer {
  subject: Subject;
  key: KeyObject;
}

/** A certificate and its private key (PKCS#8), both PEM. */
export interface Identity {
  certificate: string;
  key: string;
}

const DAY_MS = 24 * 3_600_000;
/** Clocks of a VM that slept may be wrong by this much; validity is no defence here, as no key outlives a boot. */
const BACKDATED_MS = 30 * DAY_MS;
const VALID_MS = 3650 * DAY_MS;

const ECDSA_SHA256 = der(SEQUENCE, objectIdentifier('1.2.840.10045.4.3.2'));
const TRUE = Buffer.from([0x01, 0x01, 0xff]);

/** An authority of its own. @param serial 16 random bytes @param now milliseconds since the epoch */
export function issueAuthority(subject: Subject, serial: Buffer, now: number): Identity & { issuer: Issuer } {
  const keys = newKeys();
  const extensions = [
    extension('2.5.29.19', der(SEQUENCE, TRUE)), // basicConstraints: CA
    extension('2.5.29.15', bits(0x04, 2)), // keyUsage: keyCertSign
  ];
  const issuer = { subject, key: createPrivateKey(keys.key) };
  const certificate = issue({ issuer, subject, publicKey: keys.publicKey, serial, now, extensions });
  return { issuer, certificate, key: keys.key };
}

/** For a TLS client. @param serial 16 random bytes @param now milliseconds since the epoch */
export function issueClient(issuer: Issuer, subject: Subject, serial: Buffer, now: number): Identity {
  const keys = newKeys();
  const extensions = [
    extension('2.5.29.19', der(SEQUENCE)), // basicConstraints: no CA
    extension('2.5.29.15', bits(0x80, 7)), // keyUsage: digitalSignature
    extension('2.5.29.37', der(SEQUENCE, objectIdentifier('1.3.6.1.5.5.7.3.2'))), // extKeyUsage: clientAuth
  ];
  const certificate = issue({ issuer, subject, publicKey: keys.publicKey, serial, now, extensions });
  return { certificate, key: keys.key };
}

/** The private key of an authority, as `issueAuthority` made it. @param key PEM */
export function issuerFrom(subject: Subject, key: string): Issuer {
  return { subject, key: createPrivateKey(key) };
}

function newKeys(): { key: string; publicKey: Buffer } {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
  };
}

interface Content {
  issuer: Issuer;
  subject: Subject;
  /** SubjectPublicKeyInfo. */
  publicKey: Buffer;
  serial: Buffer;
  now: number;
  extensions: Buffer[];
}

/** RFC 5280, section 4.1. */
function issue({ issuer, subject, publicKey, serial, now, extensions }: Content): string {
  const positive = Buffer.concat([Buffer.from([0x01]), serial]);
  const validity = der(SEQUENCE, time(now - BACKDATED_MS), time(now + VALID_MS));
  const content = der(
    SEQUENCE,
    der(0xa0, der(0x02, Buffer.from([2]))), // version 3
    der(0x02, positive),
    ECDSA_SHA256,
    nameOf(issuer.subject),
    validity,
    nameOf(subject),
    publicKey,
    der(0xa3, der(SEQUENCE, ...extensions)),
  );
  const signature = sign('sha256', content, issuer.key);
  const whole = der(SEQUENCE, content, ECDSA_SHA256, der(0x03, Buffer.from([0]), signature));
  const lines = whole.toString('base64').replace(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

function nameOf({ name, unit }: Subject): Buffer {
  const part = (identifier: string, text: string) =>
    der(SET, der(SEQUENCE, objectIdentifier(identifier), der(0x0c, Buffer.from(text, 'utf8'))));
  return der(SEQUENCE, part('2.5.4.11', unit), part('2.5.4.3', name));
}

/** UTCTime until 2049, GeneralizedTime from 2050 on (RFC 5280, section 4.1.2.5). */
function time(at: number): Buffer {
  const text = new Date(at).toISOString().replace(/[-:T]|\..*$/g, '');
  return Number(text.slice(0, 4)) < 2050
    ? der(0x17, Buffer.from(`${text.slice(2)}Z`))
    : der(0x18, Buffer.from(`${text}Z`));
}

function bits(value: number, unused: number): Buffer {
  return der(0x03, Buffer.from([unused, value]));
}

/** All critical: whoever does not know one refuses the certificate. */
function extension(identifier: string, value: Buffer): Buffer {
  return der(SEQUENCE, objectIdentifier(identifier), TRUE, der(OCTETS, value));
}
