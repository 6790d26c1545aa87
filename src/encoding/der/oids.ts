/** Lists object identifiers of keys, signatures, certificates and key files, dotted. */

/** Of a key and of its signatures alike (RFC 8410). */
const ed25519 = '1.3.101.112';

export const oids = {
  /** Kinds of public keys (RFC 3279, RFC 5480, RFC 8410), by Notary's names. */
  key: {
    ecdsa: '1.2.840.10045.2.1',
    rsa: '1.2.840.113549.1.1.1',
    ed25519,
  },
  /** Ed25519 in key files of Notary 0.7.0: its own, not that of RFC 8410. */
  notaryEd25519: '1.3.6.1.4.1.11591.15.1',
  /** Named curves (SEC 2), by OpenSSL's names. */
  curve: {
    secp224r1: '1.3.132.0.33',
    prime256v1: '1.2.840.10045.3.1.7',
    secp384r1: '1.3.132.0.34',
    secp521r1: '1.3.132.0.35',
  },
  /** Signatures, by kind of key and hash. */
  signature: {
    ecdsa: {
      sha1: '1.2.840.10045.4.1',
      sha256: '1.2.840.10045.4.3.2',
      sha384: '1.2.840.10045.4.3.3',
      sha512: '1.2.840.10045.4.3.4',
    },
    rsa: {
      sha1: '1.2.840.113549.1.1.5',
      sha256: '1.2.840.113549.1.1.11',
      sha384: '1.2.840.113549.1.1.12',
      sha512: '1.2.840.113549.1.1.13',
    },
    dsa: { sha1: '1.2.840.10040.4.3' },
    ed25519,
  },
  /** The part of a name that Notary looks at (X.520). */
  commonName: '2.5.4.3',
  /** Extensions of certificates (RFC 5280, 4.2). */
  extension: {
    subjectKeyIdentifier: '2.5.29.14',
    keyUsage: '2.5.29.15',
    alternativeNames: '2.5.29.17',
    basicConstraints: '2.5.29.19',
    nameConstraints: '2.5.29.30',
    certificatePolicies: '2.5.29.32',
    authorityKeyIdentifier: '2.5.29.35',
    extendedKeyUsage: '2.5.29.37',
  },
  /** Extended key usages (RFC 5280, 4.2.1.12). */
  usage: {
    any: '2.5.29.37.0',
    serverAuthentication: '1.3.6.1.5.5.7.3.1',
    codeSigning: '1.3.6.1.5.5.7.3.3',
  },
  /** Content of PKCS#7 and PKCS#12 that is not encrypted as a whole (RFC 5652). */
  pkcs7Data: '1.2.840.113549.1.7.1',
  /** Encryption of key files (RFC 8018). */
  encryption: {
    pbes2: '1.2.840.113549.1.5.13',
    pbkdf2: '1.2.840.113549.1.5.12',
    hmacSha1: '1.2.840.113549.2.7',
    aes256Cbc: '2.16.840.1.101.3.4.1.42',
  },
} as const;
