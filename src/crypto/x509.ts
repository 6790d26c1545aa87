/** What Notary asks of an X.509 certificate, read strictly (RFC 5280). Chains are x509-chain.ts's business. */

import { createPublicKey } from 'node:crypto';
import {
  type DerNode,
  derTag,
  expectTag,
  readBits,
  readBoolean,
  readDer,
  readOctets,
  readOid,
  readSequence,
  readText,
  readTime,
} from '../encoding/der.ts';
import { encodePem, parsePem } from '../encoding/pem.ts';
import { NotaryError } from '../errors.ts';

export interface Certificate {
  readonly der: Uint8Array;
  /** SubjectPublicKeyInfo DER. */
  readonly spki: Uint8Array;
  /** `ecdsa`, `rsa`, `ed25519`, or the OID of another algorithm. */
  readonly keyAlgorithm: string;
  /** Bits of an RSA modulus; 0 for other keys. */
  readonly rsaBits: number;
  /** First common name of the subject; empty when there is none. */
  readonly commonName: string;
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** True when basic constraints say CA. */
  readonly isCa: boolean;
  /** OID of the signature's algorithm. */
  readonly signatureAlgorithm: string;
  /** OIDs of the extended key usages; undefined when the certificate does not restrict its use. */
  readonly extendedKeyUsage: readonly string[] | undefined;
}

const keyAlgorithms: Readonly<Record<string, string>> = {
  '1.2.840.10045.2.1': 'ecdsa',
  '1.2.840.113549.1.1.1': 'rsa',
  '1.3.101.112': 'ed25519',
};

const oids = {
  commonName: '2.5.4.3',
  basicConstraints: '2.5.29.19',
  extendedKeyUsage: '2.5.29.37',
} as const;

/** @throws NotaryError MALFORMED_DER */
export function parseCertificate(der: Uint8Array): Certificate {
  const [tbsNode, signatureAlgorithm] = readSequence(readDer(der), 'certificate');
  const fields = [...readSequence(tbsNode, 'certificate body')];
  if (fields[0]?.tag === 0xa0) fields.shift();
  const [, , , validity, subject, spkiNode, ...rest] = fields;
  const [notBefore, notAfter] = readSequence(validity, 'validity');
  const spki = expectTag(spkiNode, derTag.sequence, 'public key').raw;
  const [algorithm] = readSequence(spkiNode, 'public key');
  const keyOid = readOid(readSequence(algorithm, 'key algorithm')[0], 'key algorithm');
  const extensions = readExtensions(rest.find((node) => node.tag === 0xa3));
  return {
    der,
    spki,
    keyAlgorithm: keyAlgorithms[keyOid] ?? keyOid,
    rsaBits: keyAlgorithms[keyOid] === 'rsa' ? rsaBits(spki) : 0,
    commonName: readCommonName(subject),
    notBefore: readTime(notBefore, 'notBefore'),
    notAfter: readTime(notAfter, 'notAfter'),
    isCa: readIsCa(extensions.get(oids.basicConstraints)),
    signatureAlgorithm: readOid(
      readSequence(signatureAlgorithm, 'signature algorithm')[0],
      'signature algorithm',
    ),
    extendedKeyUsage: readUsages(extensions.get(oids.extendedKeyUsage)),
  };
}

function rsaBits(spki: Uint8Array): number {
  const [, bits] = readSequence(readDer(spki), 'public key');
  readBits(bits, 'public key');
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
  for (const rdn of readSequence(subject, 'subject')) {
    for (const attribute of expectTag(rdn, derTag.set, 'relative name').children()) {
      const [type, value] = readSequence(attribute, 'attribute');
      if (readOid(type, 'attribute type') === oids.commonName) return readText(value, 'common name');
    }
  }
  return '';
}

function readExtensions(node: DerNode | undefined): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  if (node === undefined) return found;
  for (const extension of readSequence(node.children()[0], 'extensions')) {
    const parts = readSequence(extension, 'extension');
    const id = readOid(parts[0], 'extension');
    if (found.has(id)) throw new NotaryError('MALFORMED_DER', `malformed DER: extension ${id} occurs twice`);
    found.set(id, readOctets(parts.at(-1), 'extension value'));
  }
  return found;
}

function readIsCa(extension: Uint8Array | undefined): boolean {
  if (extension === undefined) return false;
  const [ca] = readSequence(readDer(extension), 'basic constraints');
  return ca?.tag === derTag.boolean && readBoolean(ca, 'CA flag');
}

function readUsages(extension: Uint8Array | undefined): string[] | undefined {
  if (extension === undefined) return undefined;
  return readSequence(readDer(extension), 'extended key usage').map((usage) => readOid(usage, 'key usage'));
}

/**
 * The certificates of PEM text, in order; other blocks are refused as Notary refuses them.
 *
 * @throws NotaryError MALFORMED_PEM when there is none, MALFORMED_DER
 */
export function parseBundle(pem: Uint8Array): readonly Certificate[] {
  const blocks = parsePem(pem);
  const certificates = blocks.map((block) => {
    if (block.type !== 'CERTIFICATE') throw new NotaryError('MALFORMED_PEM', 'invalid PEM block type');
    return parseCertificate(block.bytes);
  });
  if (certificates.length === 0) throw new NotaryError('MALFORMED_PEM', 'no certificates found in PEM data');
  return certificates;
}

/** The first certificate of PEM text: the one whose key a `-x509` entry stands for. */
export function leafOfBundle(pem: Uint8Array): Certificate {
  const block = parsePem(pem).find(({ type }) => type === 'CERTIFICATE');
  if (block === undefined) throw new NotaryError('MALFORMED_PEM', 'no certificates found in PEM data');
  return parseCertificate(block.bytes);
}

/** Certificates as the PEM text of a key entry: nothing between the blocks, LF, final newline. */
export function encodeBundle(certificates: readonly Certificate[]): Uint8Array {
  return Buffer.concat(
    certificates.map(({ der }) => encodePem({ type: 'CERTIFICATE', headers: new Map(), bytes: der })),
  );
}

const sha1Signatures: ReadonlySet<string> = new Set([
  '1.2.840.113549.1.1.5',
  '1.2.840.10040.4.3',
  '1.2.840.10045.4.1',
]);

const day = 24 * 60 * 60 * 1000;

/**
 * The checks that Notary 0.7.0 makes before it lets a certificate stand for a key.
 *
 * @param options.expiry false for certificates that only have to have been good once
 * @throws NotaryError INVALID_CERTIFICATE with Notary's wording
 */
export function checkCertificate(
  certificate: Certificate,
  now: Date,
  options: { readonly expiry: boolean },
): void {
  const { commonName, notBefore, notAfter } = certificate;
  if (notBefore > notAfter) throw invalid('certificate validity window is invalid', certificate);
  if (options.expiry && (now.getTime() > notAfter || notBefore > now.getTime() + day)) {
    throw invalid(`certificate with CN ${commonName} is expired`, certificate);
  }
  if (sha1Signatures.has(certificate.signatureAlgorithm)) {
    throw invalid(`certificate with CN ${commonName} uses invalid SHA1 signature algorithm`, certificate);
  }
  if (certificate.keyAlgorithm === 'rsa' && certificate.rsaBits < 2048) {
    throw invalid('RSA bit length is too short', certificate);
  }
}

function invalid(message: string, certificate: Certificate): NotaryError {
  return new NotaryError('INVALID_CERTIFICATE', message, { details: { commonName: certificate.commonName } });
}
