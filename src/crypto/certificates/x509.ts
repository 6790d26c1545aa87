/** Reads what Notary needs of an X.509 certificate, strictly (RFC 5280). Chains are path-validation.ts's business. */

import { createPublicKey } from 'node:crypto';
import { equalBytes } from '../../encoding/bytes.ts';
import { oids } from '../../encoding/der/oids.ts';
import {
  type DerNode,
  derTag,
  expectTag,
  readBits,
  readBoolean,
  readDer,
  readInteger,
  readOctets,
  readOid,
  readSequence,
  readText,
  readTime,
} from '../../encoding/der/read.ts';
import { encodePem, parsePem } from '../../encoding/pem.ts';
import { NotaryError } from '../../errors.ts';
import { alternativeKinds, constrainedKinds } from './name-kinds.ts';

export interface Certificate {
  readonly der: Uint8Array;
  /** 1 to 3; only those of version 3 have extensions. */
  readonly version: number;
  /** SubjectPublicKeyInfo DER. */
  readonly spki: Uint8Array;
  /** `ecdsa`, `rsa`, `ed25519`, or the OID of another algorithm. */
  readonly keyAlgorithm: string;
  /** Bits of an RSA modulus; 0 for other keys. */
  readonly rsaBits: number;
  /** The last common name of the subject, as Go has it; empty when there is none. */
  readonly commonName: string;
  /** DER of the distinguished names of subject and issuer. */
  readonly subject: Uint8Array;
  readonly issuer: Uint8Array;
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** True when basic constraints say CA. */
  readonly isCa: boolean;
  readonly hasBasicConstraints: boolean;
  /** False when the key usage does not include the signing of certificates. */
  readonly maySignCertificates: boolean;
  /** How many CA certificates may stand below this one; undefined for any number. */
  readonly pathLength: number | undefined;
  /** OID of the signature's algorithm. */
  readonly signatureAlgorithm: string;
  /** OIDs of the extended key usages; undefined when the certificate does not restrict its use. */
  readonly extendedKeyUsage: readonly string[] | undefined;
  /** Kinds of names that it limits in what it issues, as tags of general names. */
  readonly constrainedKinds: readonly number[];
  /** Kinds of its own alternative names. */
  readonly alternativeKinds: readonly number[];
  /** True when it has a critical extension that this program does not understand. */
  readonly hasUnknownCritical: boolean;
}

const keyAlgorithms: ReadonlyMap<string, string> = new Map(
  Object.entries(oids.key).map(([algorithm, oid]) => [oid, algorithm]),
);

/** Bytes of a public key: OpenSSL verifies with none of more than 16,384 bits. */
const maxKeyBytes = 16 * 1024;

/** Extensions that are judged here or in path-validation.ts, or that forbid nothing. */
const understood: ReadonlySet<string> = new Set([
  oids.extension.keyUsage,
  oids.extension.alternativeNames,
  oids.extension.basicConstraints,
  oids.extension.nameConstraints,
  oids.extension.certificatePolicies,
  oids.extension.extendedKeyUsage,
]);

/** @throws NotaryError MALFORMED_DER */
export function parseCertificate(der: Uint8Array): Certificate {
  const [tbsNode, signatureAlgorithm] = readSequence(readDer(der), 'certificate');
  const fields = [...readSequence(tbsNode, 'certificate body')];
  const version = fields[0]?.tag === versionTag ? readVersion(fields.shift()) : 1;
  const [, innerAlgorithm, issuer, validity, subject, spkiNode, ...rest] = fields;
  const signature = expectTag(signatureAlgorithm, derTag.sequence, 'signature algorithm');
  if (!equalBytes(signature.raw, expectTag(innerAlgorithm, derTag.sequence, 'signature').raw)) {
    throw new NotaryError('MALFORMED_DER', 'malformed DER: a certificate names two signature algorithms');
  }
  const [notBefore, notAfter] = readSequence(validity, 'validity');
  const spki = expectTag(spkiNode, derTag.sequence, 'public key').raw;
  const [algorithm] = readSequence(spkiNode, 'public key');
  const keyOid = readOid(readSequence(algorithm, 'key algorithm')[0], 'key algorithm');
  // Go passes over extensions of older versions.
  const extensions = version === 3 ? rest.find((node) => node.tag === 0xa3) : undefined;
  return {
    ...{ der, version },
    spki,
    keyAlgorithm: keyAlgorithms.get(keyOid) ?? keyOid,
    rsaBits: keyOid === oids.key.rsa ? rsaBits(spki) : 0,
    commonName: readCommonName(subject),
    subject: expectTag(subject, derTag.sequence, 'subject').raw,
    issuer: expectTag(issuer, derTag.sequence, 'issuer').raw,
    notBefore: readTime(notBefore, 'notBefore'),
    notAfter: readTime(notAfter, 'notAfter'),
    signatureAlgorithm: readOid(signature.children()[0], 'signature algorithm'),
    ...readRestrictions(readExtensions(extensions)),
  };
}

const versionTag = 0xa0;

/** Written from 0 on (RFC 5280, 4.1.2.1). */
function readVersion(node: DerNode | undefined): number {
  const version = Number(readInteger(node?.children()[0], 'version')) + 1;
  if (version >= 1 && version <= 3) return version;
  throw new NotaryError('MALFORMED_DER', `malformed DER: a certificate of version ${version}`);
}

function rsaBits(spki: Uint8Array): number {
  const [, bits] = readSequence(readDer(spki), 'public key');
  readBits(bits, 'public key');
  if (spki.length > maxKeyBytes)
    throw new NotaryError('MALFORMED_DER', `malformed DER: an RSA key of ${spki.length} bytes`);
  try {
    const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
    return key.asymmetricKeyDetails?.modulusLength ?? 0;
  } catch (cause) {
    throw new NotaryError('MALFORMED_DER', 'malformed DER: the RSA key of a certificate cannot be read', {
      cause,
    });
  }
}

function readCommonName(subject: DerNode | undefined): string {
  let name = '';
  for (const rdn of readSequence(subject, 'subject')) {
    for (const attribute of expectTag(rdn, derTag.set, 'relative name').children()) {
      const [type, value] = readSequence(attribute, 'attribute');
      if (readOid(type, 'attribute type') === oids.commonName) name = readText(value, 'common name');
    }
  }
  return name;
}

interface Extension {
  readonly critical: boolean;
  readonly value: Uint8Array;
}

function readExtensions(node: DerNode | undefined): Map<string, Extension> {
  const found = new Map<string, Extension>();
  if (node === undefined) return found;
  for (const extension of readSequence(node.children()[0], 'extensions')) {
    const [type, ...parts] = readSequence(extension, 'extension');
    const id = readOid(type, 'extension');
    if (found.has(id)) throw new NotaryError('MALFORMED_DER', `malformed DER: extension ${id} occurs twice`);
    const critical = parts.length > 1 && readBoolean(parts[0], 'critical flag');
    found.set(id, { critical, value: readOctets(parts.at(-1), 'extension value') });
  }
  return found;
}

type Restrictions = Pick<
  Certificate,
  | 'isCa'
  | 'hasBasicConstraints'
  | 'maySignCertificates'
  | 'pathLength'
  | 'extendedKeyUsage'
  | 'constrainedKinds'
  | 'alternativeKinds'
  | 'hasUnknownCritical'
>;

function readRestrictions(extensions: ReadonlyMap<string, Extension>): Restrictions {
  const usages = extensions.get(oids.extension.extendedKeyUsage)?.value;
  const constraints = extensions.get(oids.extension.nameConstraints);
  const { constrainedKinds: kinds, constrainsOthers } = constrainedKinds(constraints?.value);
  return {
    ...readBasicConstraints(extensions.get(oids.extension.basicConstraints)?.value),
    hasBasicConstraints: extensions.has(oids.extension.basicConstraints),
    maySignCertificates: allowsCertificateSigning(extensions.get(oids.extension.keyUsage)?.value),
    extendedKeyUsage:
      usages &&
      readSequence(readDer(usages), 'extended key usage').map((usage) => readOid(usage, 'key usage')),
    constrainedKinds: kinds,
    alternativeKinds: alternativeKinds(extensions.get(oids.extension.alternativeNames)?.value),
    hasUnknownCritical:
      (constrainsOthers && constraints?.critical === true) ||
      [...extensions].some(([id, { critical }]) => critical && !understood.has(id)),
  };
}

/** Bit 5 of the key usage; a usage without any bit counts as none, as in Go. */
function allowsCertificateSigning(usage: Uint8Array | undefined): boolean {
  if (usage === undefined) return true;
  const { bytes } = readBits(readDer(usage), 'key usage');
  return bytes.every((byte) => byte === 0) || ((bytes[0] ?? 0) & 0x04) !== 0;
}

function readBasicConstraints(extension: Uint8Array | undefined): Pick<Certificate, 'isCa' | 'pathLength'> {
  if (extension === undefined) return { isCa: false, pathLength: undefined };
  const parts = [...readSequence(readDer(extension), 'basic constraints')];
  const isCa = parts[0]?.tag === derTag.boolean && readBoolean(parts.shift(), 'CA flag');
  const [length] = parts;
  return { isCa, pathLength: length && Number(readInteger(length, 'path length')) };
}

/**
 * The certificates of PEM text, in order; other blocks are refused as Notary refuses them.
 *
 * @throws NotaryError MALFORMED_PEM when there is none, MALFORMED_DER
 */
export function parseBundle(pem: Uint8Array): readonly Certificate[] {
  const blocks = parsePem(pem);
  const certificates = blocks.map((block) => {
    if (block.type !== 'CERTIFICATE')
      throw new NotaryError('MALFORMED_PEM', `invalid pem block type: ${block.type}`);
    return parseCertificate(block.bytes);
  });
  if (certificates.length === 0) throw new NotaryError('MALFORMED_PEM', 'no valid certificates found');
  return certificates;
}

/**
 * The first block of PEM text, a certificate: the one whose key a `-x509` entry stands for. Notary 0.7.0
 * verifies with the first block and names the key after the first certificate without headers; here
 * they have to be the same.
 *
 * @throws NotaryError MALFORMED_PEM, MALFORMED_DER
 */
export function leafOfBundle(pem: Uint8Array): Certificate {
  const [block] = parsePem(pem);
  if (block?.type !== 'CERTIFICATE' || block.headers.size > 0)
    throw new NotaryError('MALFORMED_PEM', 'no certificates found in PEM data');
  return parseCertificate(block.bytes);
}

/** Certificates as the PEM text of a key entry: nothing between the blocks, LF, final newline. */
export function encodeBundle(certificates: readonly Certificate[]): Uint8Array {
  return Buffer.concat(
    certificates.map(({ der }) => encodePem({ type: 'CERTIFICATE', headers: new Map(), bytes: der })),
  );
}
