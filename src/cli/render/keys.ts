/** Renders the table of `key list`. */

import type { ListedKey } from '../../keys/list-keys.ts';
import { table } from './table.ts';
import type { View } from './view.ts';

const maxGunWidth = 25;
const maxLocationWidth = 40;

export const keysView: View<readonly ListedKey[]> = {
  json: (keys) => ({ keys: keys.map(({ role, gun, keyId, location }) => ({ role, gun, keyId, location })) }),
  text(keys, layout) {
    if (keys.length === 0) return '\nNo signing keys found.\n\n';
    const rows = keys.map(({ role, gun, keyId, location }) => [
      role,
      lastBytes(gun, maxGunWidth),
      keyId,
      lastBytes(location, maxLocationWidth),
    ]);
    return `\n${table(['ROLE', 'GUN', 'KEY ID', 'LOCATION'], rows, { column: 2, end: 3, layout })}\n`;
  },
};

/** The end of a text that is too long, after an ellipsis; a character that would be cut apart is left out. */
function lastBytes(text: string, most: number): string {
  if (Buffer.byteLength(text) <= most) return text;
  // Of so many UTF-16 units no more than the last can be needed, since each takes a byte at least.
  const points = Array.from(text.slice(-most));
  let bytes = Buffer.byteLength(points.join(''));
  let first = 0;
  for (; bytes > most - 3; first++) bytes -= Buffer.byteLength(points[first] ?? '');
  return `...${points.slice(first).join('')}`;
}
