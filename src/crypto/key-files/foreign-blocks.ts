/** Reads the blocks of a file that a person hands over, PEM or DER, and says what a file is that holds no such thing. */

import { fromBase64 } from '../../encoding/bytes.ts';
import { oids } from '../../encoding/der/oids.ts';
import { type DerNode, derTag, readDer, readInteger, readOid } from '../../encoding/der/read.ts';
import { asUtf8, foreignPem } from '../../encoding/foreign-text.ts';
import type { PemBlock } from '../../encoding/pem.ts';
import { isNotaryError } from '../../errors.ts';
import { privateKeyEncoding } from './detect-encoding.ts';

/**
 * The blocks of a file: PEM with anything around it, in UTF-8 or UTF-16; else the DER of one private key,
 * certificate, public key or certificate request. A file of anything else has none.
 */
export function foreignBlocks(file: Uint8Array): readonly PemBlock[] {
  const blocks = foreignPem(file);
  if (blocks.length > 0) return blocks;
  const type = derType(file);
  return type === undefined ? [] : [{ type, headers: new Map(), bytes: file }];
}

/** What the DER of a file is, as the type of the PEM block that would hold it. */
function derType(file: Uint8Array): string | undefined {
  const key = privateKeyEncoding(file);
  if (key !== undefined) return key;
  const [first, second, third] = childrenOf(file);
  if (first?.tag !== derTag.sequence) return undefined;
  if (second?.tag === derTag.bitString && third === undefined) return 'PUBLIC KEY';
  if (second?.tag !== derTag.sequence || third?.tag !== derTag.bitString) return undefined;
  // A request begins with its version and a name; a certificate has a number, an algorithm, two names and times.
  const inner = first.children();
  return inner[0]?.tag === derTag.integer && inner.length <= 4 ? 'CERTIFICATE REQUEST' : 'CERTIFICATE';
}

function childrenOf(der: Uint8Array): readonly DerNode[] {
  try {
    const top = readDer(der);
    return top.tag === derTag.sequence ? top.children() : [];
  } catch (error) {
    if (isNotaryError(error, 'MALFORMED_DER')) return [];
    throw error;
  }
}

/** True for PKCS#12 (RFC 7292): version 3, and content that is data. */
export function isPkcs12(file: Uint8Array): boolean {
  try {
    const [version, content] = childrenOf(file);
    if (version?.tag !== derTag.integer || readInteger(version, 'version') !== 3n) return false;
    return content?.tag === derTag.sequence && readOid(content.children()[0], 'content') === oids.pkcs7Data;
  } catch (error) {
    if (isNotaryError(error, 'MALFORMED_DER')) return false;
    throw error;
  }
}

/** What a block of a type is, and what to do with it in place of a private key or of a certificate. */
export interface Kind {
  /** With its article: `a certificate`. */
  readonly what: string;
  /** One sentence; undefined where there is nothing to say. */
  readonly advice?: string;
}

/** A block that is given where a private key should be. */
export function kindInPlaceOfKey(type: string): Kind | undefined {
  if (type === 'CERTIFICATE' || type === 'TRUSTED CERTIFICATE' || type === 'X509 CERTIFICATE') {
    return {
      what: 'a certificate',
      advice:
        'It holds no private key: import the key that it was made with. A certificate is for the owner, who gives it to "delegation add".',
    };
  }
  if (isRequest(type)) {
    return {
      what: 'a certificate request (CSR)',
      advice: 'It holds no private key: import the key that it was made with.',
    };
  }
  if (type.includes('PUBLIC KEY')) {
    return {
      what: 'a public key',
      advice:
        'Import the private key that belongs to it. A public key is for the owner, who gives it to "delegation add".',
    };
  }
  return otherKind(type);
}

/** A block that is given where a certificate or a public key should be. */
export function kindInPlaceOfCertificate(type: string): Kind | undefined {
  if (isRequest(type)) {
    return {
      what: 'a certificate request (CSR), not a certificate',
      advice:
        'Have it signed: by a CA, or with its own key by "openssl x509 -req -in FILE -signkey KEY -days 365 -out CERTIFICATE".',
    };
  }
  if (type.endsWith('PRIVATE KEY')) {
    return {
      what: 'a private key',
      advice:
        'Never hand it over. Its holder makes what the owner needs, a public key, by "openssl pkey -in FILE -pubout -out PUBLIC", and keeps the private key.',
    };
  }
  if (type === 'TRUSTED CERTIFICATE' || type === 'X509 CERTIFICATE') {
    return {
      what: `a certificate in a form of OpenSSL (${type}) that other programs do not read`,
      advice: 'Write it as others do by "openssl x509 -in FILE -out CERTIFICATE".',
    };
  }
  return otherKind(type);
}

function isRequest(type: string): boolean {
  return type === 'CERTIFICATE REQUEST' || type === 'NEW CERTIFICATE REQUEST';
}

function otherKind(type: string): Kind | undefined {
  if (type === 'PKCS7' || type === 'CMS') {
    return {
      what: 'a PKCS#7 bundle of certificates',
      advice: 'Take the certificates out by "openssl pkcs7 -in FILE -print_certs -out CERTIFICATES".',
    };
  }
  if (type === 'X509 CRL') return { what: 'a list of revoked certificates (CRL)' };
  if (/(?:DH|EC|DSA) PARAMETERS/.test(type)) return { what: 'parameters without a key' };
  return undefined;
}

/** How files begin that people take for keys, and what these are. */
const firstBytes: readonly (readonly [pattern: RegExp, kind: Kind])[] = [
  [/^\s*$/, { what: 'empty' }],
  [
    /^PuTTY-User-Key-File/,
    {
      what: 'a key of PuTTY',
      advice:
        'Convert it by "puttygen FILE -O private-openssh -o KEY", then "ssh-keygen -p -m PKCS8 -f KEY".',
    },
  ],
  [/^(?:ssh|ecdsa|sk)-\S+ [A-Za-z0-9+/=]+/, { what: 'a public key of OpenSSH' }],
  [/-----BEGIN PGP /, { what: 'a key or message of OpenPGP, which has nothing to do with Notary' }],
  [
    /^\s*(?:<!doctype|<html|<\?xml|<)/i,
    { what: 'a page of HTML or XML', advice: 'Look at what was downloaded.' },
  ],
  [
    /^\s*[{[]/,
    { what: 'JSON', advice: 'Take the key out of it, with its line ends, as PEM: "jq -r .NAME FILE > KEY".' },
  ],
  [/-----BEGIN /, { what: 'PEM that is damaged or cut short', advice: 'Get the file once more.' }],
  [
    /^\xfe\xed\xfe\xed/,
    { what: 'a Java key store', advice: 'Convert it by "keytool -importkeystore -deststoretype PKCS12".' },
  ],
  [/^\x1f\x8b/, { what: 'a gzip file', advice: 'Unpack it first.' }],
  [/^PK\x03\x04/, { what: 'a zip file', advice: 'Unpack it first.' }],
];

/** What a file without blocks is. */
export function kindOfFile(file: Uint8Array): Kind {
  if (isPkcs12(file)) return { what: 'PKCS#12' };
  const text = Buffer.from(asUtf8(file)).toString('latin1');
  const inner = fromBase64(text.replace(/\s+/g, ''));
  if (inner !== undefined && inner.length > 0) {
    const what = foreignBlocks(inner).length > 0 || isPkcs12(inner) ? 'base64 of a key file' : 'base64';
    return { what, advice: 'Decode it first: "base64 -d FILE > KEY".' };
  }
  const known = firstBytes.find(([pattern]) => pattern.test(text));
  if (known !== undefined) return known[1];
  if (childrenOf(file).length > 0) return { what: 'DER of another kind' };
  return {
    what: /^[\t\n\r -~]*$/.test(text.slice(0, 1000)) ? 'text without a key' : 'binary data without a key',
  };
}
