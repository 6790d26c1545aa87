/** Refuses arguments that are not UTF-8: what is signed, sent and stored is, and no name may stand for another. */

import { bytesOfText, holdsBytes } from '../../encoding/byte-text.ts';
import { NotaryError } from '../../errors.ts';

/** @throws NotaryError USAGE */
export function refuseBytes(words: readonly string[]): void {
  const index = words.findIndex(holdsBytes);
  const word = words[index];
  if (word === undefined) return;
  const shown = bytesOfText(word)
    .toString('latin1')
    .replace(
      /[^\x20-\x7e]/g,
      (byte) => `<${byte.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}>`,
    );
  throw new NotaryError('USAGE', `argument ${index + 1} is not UTF-8: "${shown}"`, {
    details: { argument: index + 1, bytes: bytesOfText(word).toString('hex') },
    hint: 'For a file, give it another name (for instance with convmv), a link with such a name, or /dev/stdin.',
  });
}
