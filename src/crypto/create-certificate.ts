/**
 * The self-signed certificate that stands for a root key (Notary 0.7.0: X.509 v3, ten years, code signing).
 *
 * Built with node-forge's ASN.1 writer, which only commands that make root keys load. node-forge's own
 * certificates are of no use here: they cannot hold EC keys, and mark every common name as
 * PrintableString, which Go refuses for names with an underscore.
 */

import { createPublicKey, sign } from 'node:crypto';
import forge from 'node-forge';
import { fromUtf8 } from '../encoding/bytes.ts';
import { encodePem } from '../encoding/pem.ts';
import type { RandomBytes } from '../ports.ts';
import type { PrivateKey } from './private-key.ts';

const { asn1 } = forge;
const { Class, Type } = asn1;
type Asn1 = forge.asn1.Asn1;

const day = 24 * 60 * 60 * 1000;
const lifetime = 3650 * day;

/** What each kind of key signs a certificate with; the hash grows with the curve, as in Go. */
const signatures: Readonly<Record<string, { oid: string; hash: string }>> = {
  secp224r1: { oid: '1.2.840.10045.4.3.2', hash: 'sha256' },
  prime256v1: { oid: '1.2.840.10045.4.3.2', hash: 'sha256' },
  secp384r1: { oid: '1.2.840.10045.4.3.3', hash: 'sha384' },
  secp521r1: { oid: '1.2.840.10045.4.3.4', hash: 'sha512' },
  rsa: { oid: '1.2.840.113549.1.1.11', hash: 'sha256' },
};

function der(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

function node(type: forge.asn1.Type, value: Asn1[] | string): Asn1 {
  return asn1.create(Class.UNIVERSAL, type, typeof value !== 'string', value);
}

function sequence(...items: Asn1[]): Asn1 {
  return node(Type.SEQUENCE, items);
}

function oid(dotted: string): Asn1 {
  return node(Type.OID, asn1.oidToDer(dotted).getBytes());
}

function explicit(tag: number, inner: Asn1): Asn1 {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- a context tag has no universal type
  return asn1.create(Class.CONTEXT_SPECIFIC, tag, true, [inner]);
}

/** PrintableString where its alphabet allows, else UTF8String, as Go's encoder chooses. */
function text(value: string): Asn1 {
  const printable = /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(value);
  return node(printable ? Type.PRINTABLESTRING : Type.UTF8, der(Buffer.from(value, 'utf8')));
}

function time(date: Date): Asn1 {
  return date.getUTCFullYear() < 2050
    ? node(Type.UTCTIME, asn1.dateToUtcTime(date))
    : node(Type.GENERALIZEDTIME, asn1.dateToGeneralizedTime(date));
}

function extension(id: string, critical: boolean, value: Asn1): Asn1 {
  const parts = [oid(id)];
  if (critical) parts.push(node(Type.BOOLEAN, '\xff'));
  parts.push(node(Type.OCTETSTRING, asn1.toDer(value).getBytes()));
  return sequence(...parts);
}

function algorithm(kind: string, id: string): Asn1 {
  return kind === 'rsa' ? sequence(oid(id), node(Type.NULL, '')) : sequence(oid(id));
}

/** A serial number of 128 random bits, positive and in its shortest form. */
function serialNumber(random: RandomBytes): string {
  const bytes = Buffer.from(random(16));
  bytes.writeUInt8((bytes.readUInt8(0) & 0x7f) | 0x40, 0);
  return der(bytes);
}

/** PEM text of a certificate for a root key; its common name is the GUN, in full whatever its length. */
export function createRootCertificate(key: PrivateKey, gun: string, now: Date, random: RandomBytes): string {
  const publicKey = createPublicKey(key.object);
  const kind =
    publicKey.asymmetricKeyType === 'rsa' ? 'rsa' : (publicKey.asymmetricKeyDetails?.namedCurve ?? '');
  const scheme = signatures[kind];
  if (scheme === undefined) throw new TypeError(`no certificate can be made for a key of kind ${kind}`);
  const name = sequence(node(Type.SET, [sequence(oid('2.5.4.3'), text(gun))]));
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  const tbs = sequence(
    explicit(0, node(Type.INTEGER, '\x02')),
    node(Type.INTEGER, serialNumber(random)),
    algorithm(kind, scheme.oid),
    name,
    sequence(time(now), time(new Date(now.getTime() + lifetime))),
    name,
    asn1.fromDer(forge.util.createBuffer(der(spki))),
    explicit(
      3,
      sequence(
        // digitalSignature and keyEncipherment
        extension('2.5.29.15', true, node(Type.BITSTRING, '\x05\xa0')),
        extension('2.5.29.37', false, sequence(oid('1.3.6.1.5.5.7.3.3'))),
        extension('2.5.29.19', true, sequence()),
      ),
    ),
  );
  const message = Buffer.from(asn1.toDer(tbs).getBytes(), 'latin1');
  const signature = sign(scheme.hash, message, key.object);
  const certificate = sequence(
    tbs,
    algorithm(kind, scheme.oid),
    node(Type.BITSTRING, `\x00${der(signature)}`),
  );
  const bytes = Buffer.from(asn1.toDer(certificate).getBytes(), 'latin1');
  return fromUtf8(encodePem({ type: 'CERTIFICATE', headers: new Map(), bytes }));
}
