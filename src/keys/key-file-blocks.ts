/** Reads the blocks of a private key file that the user names, whatever program wrote it. */

import { blockOfDer } from '../crypto/key-files/detect-encoding.ts';
import { type PemBlock, parsePem } from '../encoding/pem.ts';

/**
 * The blocks of a file: PEM with anything around it, else the DER of one private key. A file without
 * either has none. Byte order marks and UTF-16, which editors and shells on Windows add, are undone.
 */
export function blocksOfKeyFile(file: Uint8Array): readonly PemBlock[] {
  const blocks = parsePem(asUtf8(file));
  if (blocks.length > 0) return blocks;
  const block = blockOfDer(file);
  return block === undefined ? [] : [block];
}

function asUtf8(file: Uint8Array): Uint8Array {
  const [first, second, third] = file;
  if (first === 0xef && second === 0xbb && third === 0xbf) return file.subarray(3);
  if (first === 0xff && second === 0xfe)
    return Buffer.from(Buffer.from(file.subarray(2)).toString('utf16le'));
  return file;
}
