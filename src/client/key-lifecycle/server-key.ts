/** Checks the public keys that a server offers for the roles that it signs. */

import type { CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import type { PublicKey } from '../../crypto/keys/public-key.ts';
import { barePublicKey, canonicalKeyId, usableKey } from '../../crypto/keys/verification-key.ts';
import { readJson } from '../../encoding/json.ts';
import { NotaryError } from '../../errors.ts';
import { describe } from '../../keys/key-owner.ts';
import { parsePublicKey } from '../../metadata/key.ts';
import type { Root } from '../../metadata/root.ts';
import type { Targets } from '../../metadata/targets.ts';
import { canonicalIds } from '../../tuf/verify-signatures.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { keysOfDelegations, keysOfRoles } from './listed-keys.ts';

/**
 * The key in a server's answer, if it could verify anything.
 *
 * @throws NotaryError INVALID_KEY_TYPE, INVALID_KEY, MALFORMED_JSON
 */
export function parseServerKey(bytes: Uint8Array): PublicKey {
  const key = parsePublicKey(readJson(bytes));
  usableKey(barePublicKey(key));
  return key;
}

/**
 * A key that the server offers for a role, taken only if its private half is not on this machine: a server that
 * offers a key of this machine cannot sign with it, and makes it serve a second purpose.
 *
 * @throws NotaryError the codes of `parseServerKey`; SERVER_KEY_REFUSED
 */
export async function foreignServerKey(
  { gun, remote, cryptoService }: Pick<RepositoryPorts, 'gun' | 'remote' | 'cryptoService'>,
  role: string,
  bytes: Uint8Array,
): Promise<PublicKey> {
  const key = parseServerKey(bytes);
  const id = canonicalKeyId(key);
  const own = (await cryptoService.list()).find(({ keyId }) => keyId === id);
  if (own === undefined) return key;
  const reason = `its private half is in the key store of this machine, for ${describe(own.role, own.gun)}`;
  throw refused({ gun, server: remote.location }, role, id, reason);
}

/** The files of a repository that list keys. */
interface ListingFiles {
  readonly publishedRoot: Root;
  readonly targets: ReadonlyMap<string, { readonly content: Targets }>;
}

/**
 * Makes sure that a key offered by the server serves nothing in the repository yet.
 *
 * @param offer.maybePresent true when it may be the present key of the role: in a repository that is not published the
 * server may well offer the key of `init` again
 * @throws NotaryError SERVER_KEY_REFUSED
 */
export function checkServerKeyIsNew(
  { gun, remote }: Pick<RepositoryPorts, 'gun' | 'remote'>,
  { publishedRoot, targets }: ListingFiles,
  {
    role,
    key,
    maybePresent,
  }: { readonly role: string; readonly key: PublicKey; readonly maybePresent: boolean },
): void {
  const id = canonicalKeyId(key);
  const where = { gun, server: remote.location };
  for (const [other, keys] of keysOfRoles(publishedRoot)) {
    if (!keys.includes(id) || (maybePresent && other === role)) continue;
    const reason =
      other === role
        ? 'it is the present one, so that nothing would be rotated'
        : `it serves the role ${other}`;
    throw refused(where, role, id, reason);
  }
  if (!maybePresent && canonicalIds(publishedRoot.keys).includes(id)) {
    throw refused(where, role, id, 'it is a former root key');
  }
  for (const { content } of targets.values()) {
    if (keysOfDelegations(content).includes(id)) throw refused(where, role, id, 'it serves a delegation');
  }
}

function refused(
  { gun, server }: { readonly gun: string; readonly server: string },
  role: string,
  key: CanonicalKeyId,
  reason: string,
): NotaryError {
  return new NotaryError(
    'SERVER_KEY_REFUSED',
    `${server} offers the key ${key} for the ${role} of ${gun}: ${reason}`,
    {
      details: { gun, role, key, server },
      hint: 'Nothing was signed. Ask who runs the server; a sound one makes a new key for every repository and rotation.',
    },
  );
}
