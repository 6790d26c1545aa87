/** Reads the blocks of a private key file that the user names, whatever program wrote it. */

import { foreignBlocks, isPkcs12 } from '../crypto/key-files/foreign-blocks.ts';
import type { PemBlock } from '../encoding/pem.ts';
import type { PassphraseRetriever } from '../ports/prompts.ts';
import { openWithPassphrase } from './passphrase-attempts.ts';

/** What a key file holds. */
export interface KeyFileBlocks {
  readonly blocks: readonly PemBlock[];
  /** What has opened a file that is encrypted as a whole; empty for others. */
  readonly passphrase: string;
}

/**
 * The blocks of a file: PEM or DER, as `foreignBlocks` reads them, or the private keys of PKCS#12, which takes a
 * passphrase. A file of anything else has none.
 *
 * @param role whose passphrase is asked for
 * @throws NotaryError PASSPHRASE_INVALID, ATTEMPTS_EXCEEDED, INVALID_KEY for PKCS#12
 */
export async function blocksOfKeyFile(
  file: Uint8Array,
  role: string,
  retrieve: PassphraseRetriever,
): Promise<KeyFileBlocks> {
  if (!isPkcs12(file)) return { blocks: foreignBlocks(file), passphrase: '' };
  const { keysOfPkcs12 } = await import('../crypto/key-files/pkcs12.ts');
  const open = (passphrase: string) => ({ blocks: keysOfPkcs12(file, passphrase), passphrase });
  return openWithPassphrase(retrieve, '', role, open, true);
}
