/**
 * Writes X.509 certificates (RFC 5280) with node-forge's ASN.1 writer, which only commands that make certificates load.
 *
 * node-forge's own certificates are of no use here: they cannot hold EC keys, and mark every common name
 * as PrintableString, which Go refuses for names with an underscore.
 */

import { createPublicKey, sign } from 'node:crypto';
import forge from 'node-forge';
import { fromUtf8 } from '../../encoding/bytes.ts';
import { oids } from '../../encoding/der/oids.ts';
import { encodePem } from '../../encoding/pem.ts';
import type { RandomBytes } from '../../ports/clock.ts';
import { type Asn1, binary, node, oid, sequence, tagged, toDer } from '../asn1-writer.ts';
import { type Curve, curveOf } from '../keys/curves.ts';
import type { PrivateKey } from '../keys/private-key.ts';
import { digest } from '../signatures/digest.ts';

const { asn1 } = forge;
const { Type } = asn1;

/** One extension, made by the functions below. */
export type CertificateExtension = Asn1;

export interface CertificateContent {
  /** Common names; the only part of a name that is written. */
  readonly subject: string;
  readonly issuer: string;
  /** The key that the certificate speaks of. */
  readonly key: PrivateKey;
  /** The issuer's key. */
  readonly signer: PrivateKey;
  readonly from: Date;
  readonly until: Date;
  readonly extensions: readonly CertificateExtension[];
}

/** PrintableString where its alphabet allows, else UTF8String, as Go's encoder chooses. */
function text(value: string): Asn1 {
  const printable = /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(value);
  return node(printable ? Type.PRINTABLESTRING : Type.UTF8, binary(Buffer.from(value, 'utf8')));
}

function time(date: Date): Asn1 {
  return date.getUTCFullYear() < 2050
    ? node(Type.UTCTIME, asn1.dateToUtcTime(date))
    : node(Type.GENERALIZEDTIME, asn1.dateToGeneralizedTime(date));
}

function extension(id: string, critical: boolean, value: Asn1): CertificateExtension {
  const parts = [oid(id)];
  if (critical) parts.push(node(Type.BOOLEAN, '\xff'));
  parts.push(node(Type.OCTETSTRING, asn1.toDer(value).getBytes()));
  return sequence(...parts);
}

/** Key usage (RFC 5280 4.2.1.3), critical. */
export function keyUsage(use: 'sign and encipher' | 'sign' | 'issue'): CertificateExtension {
  // Count of unused bits, then the bits themselves, the first one highest.
  const bits = { 'sign and encipher': '\x05\xa0', sign: '\x07\x80', issue: '\x01\x06' }[use];
  return extension(oids.extension.keyUsage, true, node(Type.BITSTRING, bits));
}

/** Extended key usage (4.2.1.12). */
export function extendedKeyUsage(purpose: 'code signing' | 'server'): CertificateExtension {
  const id = { 'code signing': oids.usage.codeSigning, server: oids.usage.serverAuthentication }[purpose];
  return extension(oids.extension.extendedKeyUsage, false, sequence(oid(id)));
}

/** Basic constraints (4.2.1.9), critical: not a CA, or a CA that issues no other CAs. */
export function basicConstraints(isCa: boolean): CertificateExtension {
  const value = isCa ? [node(Type.BOOLEAN, '\xff'), node(Type.INTEGER, '\x00')] : [];
  return extension(oids.extension.basicConstraints, true, sequence(...value));
}

/** DNS names as they are, addresses as bytes (4 or 16; twice as many, with the mask, in a constraint). */
export interface HostNames {
  readonly dns: readonly string[];
  readonly ip: readonly Uint8Array[];
}

function generalNames({ dns, ip }: HostNames): Asn1[] {
  return [...dns.map((name) => tagged(2, name)), ...ip.map((address) => tagged(7, binary(address)))];
}

/** Subject alternative names (4.2.1.6). */
export function alternativeNames(names: HostNames): CertificateExtension {
  return extension(oids.extension.alternativeNames, false, sequence(...generalNames(names)));
}

/** Name constraints (4.2.1.10), critical: what the CA issues may be for these names and no others. */
export function permittedNames(names: HostNames): CertificateExtension {
  const trees = generalNames(names).map((name) => sequence(name));
  return extension(oids.extension.nameConstraints, true, sequence(tagged(0, trees)));
}

/** Which key is spoken of (4.2.1.2), and which has signed (4.2.1.1). */
export function keyIdentifiers(key: PrivateKey, signer: PrivateKey): readonly CertificateExtension[] {
  return [
    extension(oids.extension.subjectKeyIdentifier, false, node(Type.OCTETSTRING, identifier(key))),
    extension(oids.extension.authorityKeyIdentifier, false, sequence(tagged(0, identifier(signer)))),
  ];
}

/** 160 bits of a hash of the public key (RFC 7093, method 1). */
function identifier(key: PrivateKey): string {
  return binary(digest('sha256', spkiOf(key)).subarray(0, 20));
}

function spkiOf(key: PrivateKey): Uint8Array {
  return createPublicKey(key.object).export({ format: 'der', type: 'spki' });
}

interface Scheme {
  readonly hash: Curve['hash'];
  /** The OID of the signature, and what belongs to it. */
  readonly algorithm: Asn1;
}

/** What a key signs a certificate with. */
function schemeOf(key: PrivateKey): Scheme {
  const { asymmetricKeyType: type } = key.object;
  if (type === 'rsa')
    return { hash: 'sha256', algorithm: sequence(oid(oids.signature.rsa.sha256), node(Type.NULL, '')) };
  const curve = curveOf(key.object);
  if (curve === undefined)
    throw new TypeError(`no certificate can be signed with a key of kind ${type ?? ''}`);
  return { hash: curve.hash, algorithm: sequence(oid(oids.signature.ecdsa[curve.hash])) };
}

/** A serial number of 128 random bits, positive and in its shortest form. */
function serialNumber(random: RandomBytes): string {
  const bytes = Buffer.from(random(16));
  bytes.writeUInt8((bytes.readUInt8(0) & 0x7f) | 0x40, 0);
  return binary(bytes);
}

function name(commonName: string): Asn1 {
  return sequence(node(Type.SET, [sequence(oid(oids.commonName), text(commonName))]));
}

/** PEM text of a certificate. The signer must be an EC or RSA key. */
export function createCertificate(content: CertificateContent, random: RandomBytes): string {
  const { hash, algorithm } = schemeOf(content.signer);
  const tbs = sequence(
    tagged(0, [node(Type.INTEGER, '\x02')]),
    node(Type.INTEGER, serialNumber(random)),
    algorithm,
    name(content.issuer),
    sequence(time(content.from), time(content.until)),
    name(content.subject),
    asn1.fromDer(forge.util.createBuffer(binary(spkiOf(content.key)))),
    tagged(3, [sequence(...content.extensions)]),
  );
  const message = toDer(tbs);
  const signature = sign(hash, message, content.signer.object);
  const certificate = sequence(tbs, algorithm, node(Type.BITSTRING, `\x00${binary(signature)}`));
  const bytes = toDer(certificate);
  return fromUtf8(encodePem({ type: 'CERTIFICATE', headers: new Map(), bytes }));
}
