/** Lists the types of PEM blocks that hold private keys. Apart, because listing keys needs no cryptography. */

/** Blocks with PEM-level encryption or none. */
export const legacyKeyTypes = ['RSA PRIVATE KEY', 'EC PRIVATE KEY', 'ED25519 PRIVATE KEY'] as const;

const types: ReadonlySet<string> = new Set(['PRIVATE KEY', 'ENCRYPTED PRIVATE KEY', ...legacyKeyTypes]);

/** True for a block type that may hold a private key. */
export function isPrivateKeyType(type: string): boolean {
  return types.has(type);
}
