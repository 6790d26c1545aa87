/** Writes the key and the certificate of a collaborator who will sign a delegation, as files to hand over. */

import { createSignerCertificate } from '../crypto/certificate-issuance/signing-certificate.ts';
import type { CanonicalKeyId } from '../crypto/keys/key-id.ts';
import { generateEcdsaKey } from '../crypto/keys/private-key.ts';
import { utf8 } from '../encoding/bytes.ts';
import { encodePem } from '../encoding/pem.ts';
import type { RandomBytes } from '../ports/clock.ts';

export interface SignerFiles {
  /** Canonical. */
  readonly keyId: CanonicalKeyId;
  /** PKCS#8 PEM without a passphrase, as `openssl genpkey` writes it. */
  readonly privateKey: Uint8Array;
  /** Self-signed, PEM. */
  readonly certificate: Uint8Array;
}

/** Makes a P-256 key and its certificate. @param name the common name */
export function makeSignerFiles(name: string, now: Date, random: RandomBytes): SignerFiles {
  const key = generateEcdsaKey();
  return {
    keyId: key.keyId,
    privateKey: encodePem({
      type: 'PRIVATE KEY',
      headers: new Map(),
      bytes: key.object.export({ format: 'der', type: 'pkcs8' }),
    }),
    certificate: utf8(createSignerCertificate(key, name, now, random)),
  };
}
