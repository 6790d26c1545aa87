/** The vectors of a checkout of github.com/C2SP/wycheproof that are about what Notary verifies. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Vector } from './vector.ts';

interface Group {
  readonly publicKeyDer?: string;
  readonly publicKeyAsn?: string;
  readonly publicKey?: { readonly pk?: string };
  readonly tests: readonly {
    readonly tcId: number;
    readonly comment: string;
    readonly msg: string;
    readonly sig: string;
    readonly result: 'valid' | 'invalid' | 'acceptable';
  }[];
}

/** File names without their ending, and the method that they are about. */
const files = {
  ecdsa_secp224r1_sha256_p1363: 'ecdsa',
  ecdsa_secp256r1_sha256_p1363: 'ecdsa',
  ed25519: 'eddsa',
  rsa_pss_2048_sha256_mgf1_32: 'rsapss',
  rsa_pss_3072_sha256_mgf1_32: 'rsapss',
  rsa_pss_4096_sha256_mgf1_32: 'rsapss',
  rsa_signature_2048_sha256: 'rsapkcs1v15',
  rsa_signature_3072_sha256: 'rsapkcs1v15',
  rsa_signature_4096_sha256: 'rsapkcs1v15',
  rsa_signature_8192_sha256: 'rsapkcs1v15',
} as const;

const keyTypes = { ecdsa: 'ecdsa', eddsa: 'ed25519', rsapss: 'rsa', rsapkcs1v15: 'rsa' } as const;

/** @param folder of the checkout */
export function wycheproofVectors(folder: string): readonly Vector[] {
  return Object.entries(files).flatMap(([file, method]) => {
    const text = readFileSync(join(folder, 'testvectors_v1', `${file}_test.json`), 'utf8');
    const { testGroups } = JSON.parse(text) as { readonly testGroups: readonly Group[] };
    return testGroups.flatMap(({ publicKey, publicKeyDer, publicKeyAsn, tests }) => {
      const hex = publicKey?.pk ?? publicKeyDer ?? publicKeyAsn ?? '';
      const entry = { keyType: keyTypes[method], value: Buffer.from(hex, 'hex').toString('base64') };
      return tests.map(({ tcId, comment, msg, sig, result }) => ({
        name: `${file} ${tcId}: ${comment}`,
        ...{ entry, method, message: Buffer.from(msg, 'hex'), signature: Buffer.from(sig, 'hex') },
        valid: result === 'valid',
      }));
    });
  });
}
