/** Reads CA files that trust pins name. */

import { foreignBlocks } from '../crypto/key-files/foreign-blocks.ts';
import { pemText } from '../encoding/foreign-text.ts';
import { isNotaryError } from '../errors.ts';
import type { Files } from '../ports/files.ts';

/**
 * The bytes of a CA file, or undefined when it cannot be read: the failure counts for the GUNs that the file is
 * pinned for, and for them only.
 */
export async function readPinnedCa(files: Files, path: string): Promise<Uint8Array | undefined> {
  try {
    const file = await files.read(path);
    const blocks = foreignBlocks(file);
    return blocks.length > 0 ? Buffer.from(pemText(blocks)) : file;
  } catch (error) {
    if (isNotaryError(error, 'FILE_UNREADABLE')) return undefined;
    throw error;
  }
}
