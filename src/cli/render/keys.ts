/** Renders the table of `key list`. */

import type { KeyNames } from '../../collaborators/names.ts';
import type { ListedKey } from '../../keys/list-keys.ts';
import { shownName } from './shown-name.ts';
import { table } from './table.ts';
import type { Layout, View } from './view.ts';

const maxGunWidth = 25;
const maxLocationWidth = 40;

export const keysView: View<readonly ListedKey[]> = {
  json: (keys) => ({ keys: keys.map(({ role, gun, keyId, location }) => ({ role, gun, keyId, location })) }),
  text: (keys, layout) => keysTable(keys, undefined, layout),
};

/** As `keysView`, with a column that says whose the keys are. */
export const namedKeysView: View<{ readonly keys: readonly ListedKey[]; readonly names: KeyNames }> = {
  json: ({ keys, names }) => ({
    keys: keys.map(({ role, gun, keyId, location }) => ({
      ...{ role, gun, keyId, location },
      ...names.of(keyId),
    })),
  }),
  text: ({ keys, names }, layout) => keysTable(keys, names, layout),
};

function keysTable(
  keys: readonly ListedKey[],
  names: KeyNames | undefined,
  layout: Layout | undefined,
): string {
  if (keys.length === 0) return '\nNo signing keys found.\n\n';
  const rows = keys.map(({ role, gun, keyId, location }) => [
    role,
    lastBytes(gun, maxGunWidth),
    keyId,
    ...(names === undefined ? [] : [shownName(names.of(keyId))]),
    lastBytes(location, maxLocationWidth),
  ]);
  const headers = ['ROLE', 'GUN', 'KEY ID', ...(names === undefined ? [] : ['NAME']), 'LOCATION'];
  return `\n${table(headers, rows, { column: 2, end: headers.length - 1, layout })}\n`;
}

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
