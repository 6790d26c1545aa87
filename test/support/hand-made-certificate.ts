/** Certificates with anything in them, signed for real. OpenSSL would not make most of these. */

import { createPublicKey, type KeyObject, sign } from 'node:crypto';
import { der, spkiOf } from './key-samples.ts';

export interface Extension {
  /** Content octets of the OID in hexadecimal. */
  readonly oid: string;
  readonly critical?: boolean;
  readonly value: Uint8Array;
}

export interface HandMade {
  /** 3 unless given. */
  readonly version?: number;
  /** The key that the certificate is for; the issuer's as well unless there is one. */
  readonly key: KeyObject;
  /** Encoded common names in the order of the subject. */
  readonly names: readonly Uint8Array[];
  readonly from?: Date;
  readonly to?: Date;
  readonly extensions?: readonly Extension[];
  /** Content octets of the signature algorithm's OID, in the body and outside. */
  readonly algorithm?: string;
  readonly outerAlgorithm?: string;
  readonly hash?: string;
  /** Subject DER and key of an issuer; self-signed without. */
  readonly issuer?: { readonly subject: Uint8Array; readonly key: KeyObject };
}

export const oids = {
  commonName: '550403',
  keyUsage: '551d0f',
  alternativeNames: '551d11',
  basicConstraints: '551d13',
  nameConstraints: '551d1e',
  policyConstraints: '551d24',
  extendedKeyUsage: '551d25',
  ecdsaWithSha256: '2a8648ce3d040302',
  ecdsaWithSha1: '2a8648ce3d0401',
} as const;

const oid = (content: string) => der(0x06, Buffer.from(content, 'hex'));

export const utf8String = (text: string) => der(0x0c, Buffer.from(text));
export const printableString = (text: string) => der(0x13, Buffer.from(text));
export const bmpString = (text: string) => der(0x1e, Buffer.from(text, 'utf16le').swap16());

export const distinguishedName = (names: readonly Uint8Array[]) =>
  der(0x30, ...names.map((name) => der(0x31, der(0x30, oid(oids.commonName), name))));

/** basicConstraints; without an argument an empty sequence. */
export function basicConstraints(ca?: boolean, pathLength?: number): Extension {
  const parts = ca === true ? [der(0x01, Buffer.of(0xff))] : [];
  if (pathLength !== undefined) parts.push(der(0x02, Buffer.of(pathLength)));
  return { oid: oids.basicConstraints, critical: true, value: der(0x30, ...parts) };
}

export const keyCertSign: Extension = {
  oid: oids.keyUsage,
  critical: true,
  value: der(0x03, Buffer.of(2, 0x04)),
};

/** extendedKeyUsage: the last number under id-kp each; 1 is server authentication, 3 code signing. */
export const usages = (...purposes: readonly number[]): Extension => ({
  oid: oids.extendedKeyUsage,
  value: der(0x30, ...purposes.map((purpose) => oid(`2b060105050703${`0${purpose}`.slice(-2)}`))),
});

export const anyUsage: Extension = { oid: oids.extendedKeyUsage, value: der(0x30, oid('551d2500')) };

const generalizedTime = (date: Date) =>
  der(0x18, Buffer.from(`${date.toISOString().replace(/[-:T]|\.\d+Z$/g, '')}Z`));

function extension({ oid: id, critical, value }: Extension): Buffer {
  const flag = critical === undefined ? [] : [der(0x01, Buffer.of(critical ? 0xff : 0))];
  return der(0x30, oid(id), ...flag, der(0x04, value));
}

let serial = 0;

/** DER of the certificate. */
export function handMade(options: HandMade): Buffer {
  const { key, names, extensions = [], algorithm = oids.ecdsaWithSha256, hash = 'sha256' } = options;
  const { from = new Date('2020-01-01T00:00:00Z'), to = new Date('2060-01-01T00:00:00Z') } = options;
  const { version = 3 } = options;
  const subject = distinguishedName(names);
  const issuer = options.issuer ?? { subject, key };
  const body = der(
    0x30,
    ...(version === 1 ? [] : [der(0xa0, der(0x02, Buffer.of(version - 1)))]),
    der(0x02, Buffer.of(1, ++serial >> 8, serial & 0xff)),
    der(0x30, oid(algorithm)),
    issuer.subject,
    der(0x30, generalizedTime(from), generalizedTime(to)),
    subject,
    spkiOf(createPublicKey(key)),
    ...(extensions.length === 0 ? [] : [der(0xa3, der(0x30, ...extensions.map(extension)))]),
  );
  const signature = der(0x03, Buffer.of(0), sign(hash, body, issuer.key));
  return der(0x30, body, der(0x30, oid(options.outerAlgorithm ?? algorithm)), signature);
}
