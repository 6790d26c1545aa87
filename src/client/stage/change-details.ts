/** Says which keys and paths a staged change adds and removes, with the names of the keys. */

import { parseDelegationContent } from '../../changelist/change.ts';
import type { CollaboratorsFile } from '../../collaborators/collaborators-file.ts';
import { type KeyNames, keyNames, type NamedKey, namedKey } from '../../collaborators/names.ts';
import type { CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import type { PublicKey } from '../../crypto/keys/public-key.ts';
import { canonicalKeyId } from '../../crypto/keys/verification-key.ts';
import { isNotaryError } from '../../errors.ts';
import type { MetadataStore } from '../../ports/trust-dir.ts';
import { cachedRoles } from '../read/cached-roles.ts';
import type { ListedChange } from './list-changes.ts';

/** A staged change as plain data: what `--json` prints of it and what scripts get. */
export interface ChangeData {
  readonly index: number;
  readonly action: string;
  readonly role: string;
  readonly type: string;
  readonly path: string;
  /** Empty for a change of no keys; null where the change cannot be read. */
  readonly keys: { readonly added: readonly NamedKey[]; readonly removed: readonly NamedKey[] } | null;
  /** As `keys`; `all` when every path is removed. */
  readonly paths: {
    readonly added: readonly string[];
    readonly removed: readonly string[];
    readonly all: boolean;
  } | null;
}

interface Details {
  readonly added: readonly PublicKey[];
  readonly removed: readonly CanonicalKeyId[];
  readonly addPaths: readonly string[];
  readonly removePaths: readonly string[];
  readonly clearPaths: boolean;
}

const none: Details = { added: [], removed: [], addPaths: [], removePaths: [], clearPaths: false };

/**
 * The changes with their keys and paths. Names are those of the file, of the delegations that this machine has seen,
 * and of the certificates that are staged.
 *
 * @param file undefined without one
 */
export async function describedChanges(
  cache: Pick<MetadataStore, 'get'>,
  changes: readonly ListedChange[],
  file: CollaboratorsFile | undefined,
): Promise<readonly ChangeData[]> {
  const described = changes.map((change) => ({ change, details: detailsOf(change) }));
  const keys = described.flatMap(({ details }) => details?.added ?? []);
  const names = keyNames({ file, collections: [(await cachedRoles(cache)).roles], keys });
  return described.map(({ change, details }) => changeData(change, details, names));
}

function detailsOf(change: ListedChange): Details | undefined {
  if (change.type !== 'delegation' || change.content === undefined) return none;
  try {
    const { addKeys, removeKeys, addPaths, removePaths, clearPaths } = parseDelegationContent(change);
    return { added: addKeys, removed: removeKeys, addPaths, removePaths, clearPaths };
  } catch (error) {
    if (isNotaryError(error)) return undefined;
    throw error;
  }
}

function changeData(
  { index, action, scope, type, path }: ListedChange,
  details: Details | undefined,
  names: KeyNames,
): ChangeData {
  const base = { index, action, role: scope, type, path };
  if (details === undefined) return { ...base, keys: null, paths: null };
  const added = addedIds(details);
  if (added === undefined) return { ...base, keys: null, paths: pathsOf(details) };
  const named = (keyId: CanonicalKeyId) => namedKey(names, keyId);
  return {
    ...base,
    keys: { added: added.map(named), removed: details.removed.map(named) },
    paths: pathsOf(details),
  };
}

/** Undefined where a key is one of which no ID can be told. */
function addedIds({ added }: Details): readonly CanonicalKeyId[] | undefined {
  try {
    return added.map(canonicalKeyId);
  } catch (error) {
    if (isNotaryError(error)) return undefined;
    throw error;
  }
}

function pathsOf({ addPaths, removePaths, clearPaths }: Details): ChangeData['paths'] {
  return { added: addPaths, removed: removePaths, all: clearPaths };
}
