/** Adds a signer to the repository of an image: its keys may sign `targets/NAME` and `targets/releases`. */

import { type Change, delegationChange } from '../../changelist/change.ts';
import { quotedNames } from '../../changelist/name-list.ts';
import type { CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import type { PublicKey } from '../../crypto/keys/public-key.ts';
import { canonicalKeyId } from '../../crypto/keys/verification-key.ts';
import { isNotaryError } from '../../errors.ts';
import { delegationSigners } from '../../tuf/delegation-signers.ts';
import { pathsAllow } from '../../tuf/path-prefixes.ts';
import type { LoadedRepo } from '../../tuf/repo.ts';
import { canonicalIds } from '../../tuf/verify-signatures.ts';
import { warnSnapshotKeyHere } from '../key-lifecycle/missing-snapshot.ts';
import { cautionOfConsequences } from '../publish/consequences.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { update } from '../update/update.ts';
import { publishToImage } from './publish-image.ts';
import { worded } from './server-errors.ts';
import { releasesRole } from './signatures.ts';

/** Docker's delegations ask for one signature. */
const threshold = 1;

export interface SignerAddition {
  /** Of the signer: that of the role, without `targets/`. */
  readonly name: string;
  readonly keys: readonly PublicKey[];
  /** Called before a repository is made that the server does not have. */
  readonly onCreate: () => void;
}

/**
 * Publishes the addition at once. Staged changes stay staged, and nothing stays of a run that fails (docker CLI 28.2.2
 * publishes what is staged along, and leaves the addition staged when it fails).
 *
 * @returns whether the repository was made for it, and the canonical IDs of the keys
 * @throws NotaryError of what cannot be reached or believed, in docker's words; every code of `publishToImage`; when strict
 * NOTHING_STAGED for a signer who has these keys already
 */
export async function addSigner(
  ports: RepositoryPorts,
  { name, keys, onCreate }: SignerAddition,
): Promise<{ readonly created: boolean; readonly keyIds: readonly CanonicalKeyId[] }> {
  await lookAt(ports);
  const changes = signerChanges(`targets/${name}`, keys);
  let isReviewed = false;
  const { created, served, unseen } = await publishToImage(ports, {
    changes: () => Promise.resolve(changes),
    review: (draft, loaded, own) => {
      // Each attempt but the first may find what this very run, or another client, has added meanwhile.
      if (!isReviewed) cautionOfNothing(own, loaded, { name, keys });
      isReviewed = true;
      cautionOfAllPaths(own, loaded, name);
      return cautionOfConsequences(own, { draft, loaded, changes });
    },
    onCreate,
  });
  await warnSnapshotKeyHere(ports, served.root.content);
  for (const { code, message, details } of unseen) ports.caution(code, message, details);
  return { created, keyIds: keys.map(canonicalKeyId) };
}

/** The four changes that docker stages for a signer, in its order. */
export function signerChanges(role: string, keys: readonly PublicKey[]): readonly Change[] {
  return [role, releasesRole].flatMap((one) => [
    delegationChange('create', one, { threshold, addKeys: keys }),
    delegationChange('create', one, { addPaths: [''] }),
  ]);
}

/** Docker publishes the same signer anew, in new versions of the same content. @throws NotaryError NOTHING_STAGED when strict */
function cautionOfNothing(
  { gun, caution }: Pick<RepositoryPorts, 'gun' | 'caution'>,
  loaded: LoadedRepo,
  { name, keys }: Pick<SignerAddition, 'name' | 'keys'>,
): void {
  const content = loaded.targets.get('targets')?.content;
  const isThere = (role: string): boolean => {
    const entry = content?.delegations.roles.find((one) => one.name === role);
    if (content === undefined || entry === undefined || !pathsAllow(entry.paths, '')) return false;
    const held = new Set<CanonicalKeyId>(canonicalIds(delegationSigners(content, entry).keys));
    return keys.every((key) => held.has(canonicalKeyId(key)));
  };
  if (![`targets/${name}`, releasesRole].every(isThere)) return;
  const words = `${name} is a signer of ${gun} with ${keys.length === 1 ? 'this key' : 'these keys'} already`;
  const details = { gun, role: `targets/${name}` };
  caution('NOTHING_STAGED', `${words}: that changes nothing`, details, `${words}; nothing was sent`);
}

/** Docker gives both roles all paths: then what the owner has kept from all signers of a role is open to each of them. */
function cautionOfAllPaths(
  { gun, caution }: Pick<RepositoryPorts, 'gun' | 'caution'>,
  loaded: LoadedRepo,
  name: string,
): void {
  for (const { name: role, paths } of loaded.targets.get('targets')?.content.delegations.roles ?? []) {
    if ((role !== releasesRole && role !== `targets/${name}`) || pathsAllow(paths, '')) continue;
    const before = paths.length === 0 ? 'none' : quotedNames(paths);
    const words = (what: string) =>
      `every key of ${role} of ${gun} ${what} any tag; its paths were: ${before}`;
    caution(
      'PATHS_SHARED',
      words('may sign'),
      { gun, role, paths },
      `${words('could sign')}; nothing was sent`,
    );
  }
}

/** Reads what is there before anything else; that there is no repository is no failure. */
async function lookAt(ports: RepositoryPorts): Promise<void> {
  try {
    await update(ports);
  } catch (error) {
    if (isNotaryError(error, 'REPOSITORY_NOT_EXIST')) return;
    throw worded(error, ports.gun);
  }
}
