/**
 * Makes the roots of a restored repository: each says what the root of the source says, with the new server's keys for
 * the timestamp and for a snapshot that the server signs.
 */

import type { ListedKeyId } from '../../crypto/keys/key-id.ts';
import { keyId, type PublicKey } from '../../crypto/keys/public-key.ts';
import { equalBytes } from '../../encoding/bytes.ts';
import { baseRole, type Root, rootToJson } from '../../metadata/root.ts';
import { type Signed, signedMessage } from '../../metadata/signed.ts';
import { isSignedBy, type RoleKeySet } from '../../tuf/verify-signatures.ts';

/** The first version that is sent: Notary's server takes a first root of version 1 or 2, and then one more each time. */
export const firstVersion = 2;

/** The keys of the new server, by role. */
export interface ServerKeys {
  readonly timestamp: PublicKey;
  /** Undefined where an owner signs the snapshot. */
  readonly snapshot: PublicKey | undefined;
}

/**
 * The root of the source with the new server's keys in place of the old one's. Everything else stays: the keys of root and
 * targets, all thresholds of what the server does not sign, and the former root certificates.
 *
 * @param expires RFC 3339
 */
export function movedRoot(
  source: Root,
  keys: ServerKeys,
  { version, expires }: Pick<Root, 'version' | 'expires'>,
): Root {
  const roles = new Map(source.roles);
  const replaced = new Set<ListedKeyId>();
  const added: PublicKey[] = [];
  for (const role of ['timestamp', 'snapshot'] as const) {
    const key = keys[role];
    if (key === undefined) continue;
    for (const id of baseRole(source, role).keys.keys()) replaced.add(id);
    roles.set(role, { keyIds: [keyId(key)], threshold: 1 });
    added.push(key);
  }
  const used = new Set([...roles.values()].flatMap(({ keyIds }) => keyIds));
  const kept = [...source.keys].filter(([id]) => used.has(id) || !replaced.has(id));
  const all = new Map([...kept, ...added.map((key) => [keyId(key), key] as const)]);
  return { ...source, version, expires, roles, keys: all };
}

/**
 * The new server's keys in a root that a restore of the source has made, at whatever version.
 *
 * @returns undefined for any other root: one that other keys have signed, or that says something else
 */
export function serverKeysOf(root: Signed<Root>, source: Signed<Root>): ServerKeys | undefined {
  const { content, envelope } = root;
  const timestamp = onlyKey(content, 'timestamp');
  // A root of the old server, or of a copy of it.
  if (timestamp === undefined || isListed(timestamp, source, 'timestamp')) return undefined;
  const only = onlyKey(content, 'snapshot');
  const snapshot = only !== undefined && !isListed(only, source, 'snapshot') ? only : undefined;
  const expected = movedRoot(source.content, { timestamp, snapshot }, content);
  if (!equalBytes(signedMessage(rootToJson(expected)), signedMessage(envelope.signed))) return undefined;
  return isSignedBy(envelope, baseRole(source.content, 'root'), 'root') ? { timestamp, snapshot } : undefined;
}

function isListed(key: PublicKey, { content }: Signed<Root>, role: string): boolean {
  return baseRole(content, role).keys.has(keyId(key));
}

function onlyKey(root: Root, role: string): PublicKey | undefined {
  const { keys, threshold }: RoleKeySet = baseRole(root, role);
  const [key, ...others] = keys.values();
  return threshold === 1 && others.length === 0 ? key : undefined;
}
