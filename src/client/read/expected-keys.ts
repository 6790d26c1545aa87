/** Finds the roles that published metadata expects a key to sign, in what this machine has verified and on the server. */

import type { CanonicalKeyId, ListedKeyId } from '../../crypto/keys/key-id.ts';
import type { PublicKey } from '../../crypto/keys/public-key.ts';
import { isNotaryError } from '../../errors.ts';
import { parseRoot, type Root } from '../../metadata/root.ts';
import { parseEnvelope } from '../../metadata/signed.ts';
import type { Targets } from '../../metadata/targets.ts';
import type { Log } from '../../ports/log.ts';
import type { MetadataStore } from '../../ports/trust-dir.ts';
import { delegationSigners } from '../../tuf/delegation-signers.ts';
import { canonicalIdOr } from '../../tuf/verify-signatures.ts';
import { keysOfRoles } from '../key-lifecycle/listed-keys.ts';
import { hasSeenPublished } from '../update/seen-published.ts';
import { update } from '../update/update.ts';
import type { UpdatePorts } from '../update/update-run.ts';
import { cachedRoles } from './cached-roles.ts';

/** A role of a repository that lists a key: a base role or a delegation. */
export interface ExpectingRole {
  readonly gun: string;
  readonly role: string;
}

/** By canonical ID, the roles that list the key, in the order in which they were added. */
export class ExpectedKeys {
  readonly #roles = new Map<string, ExpectingRole[]>();

  of(keyId: CanonicalKeyId): readonly ExpectingRole[] {
    return this.#roles.get(keyId) ?? [];
  }

  /** @param root undefined when it is not known */
  add(gun: string, root: Root | undefined, targets: Iterable<Targets>): void {
    for (const [role, ids] of root === undefined ? [] : keysOfRoles(root))
      for (const id of ids) this.#expect(id, { gun, role });
    for (const content of targets)
      for (const delegation of content.delegations.roles)
        for (const id of canonical(delegationSigners(content, delegation).keys))
          this.#expect(id, { gun, role: delegation.name });
  }

  #expect(id: CanonicalKeyId, role: ExpectingRole): void {
    const roles = this.#roles.get(id) ?? [];
    roles.push(role);
    this.#roles.set(id, roles);
  }
}

function canonical(keys: ReadonlyMap<ListedKeyId, PublicKey>): readonly CanonicalKeyId[] {
  return [...keys].map(([id, key]) => canonicalIdOr(id, key));
}

/**
 * Adds what this machine has last seen published of a repository. What was made here and never published expects
 * nothing; of a file that cannot be read a warning tells.
 *
 * @throws NotaryError FILE_UNREADABLE
 */
export async function expectByCache(
  expected: ExpectedKeys,
  gun: string,
  cache: Pick<MetadataStore, 'get'>,
  log: Log,
): Promise<void> {
  if (!(await hasSeenPublished(cache))) return;
  const passOver = (role: string, reason: string) =>
    log.warn(
      `the metadata of ${role} of ${gun} on this machine cannot be read: ${reason}; its keys are not looked at`,
      'METADATA_UNREADABLE',
    );
  const { roles, damaged } = await cachedRoles(cache);
  for (const { role, reason } of damaged) passOver(role, reason);
  expected.add(gun, await cachedRoot(cache, (reason) => passOver('root', reason)), roles.values());
}

async function cachedRoot(
  cache: Pick<MetadataStore, 'get'>,
  damaged: (reason: string) => void,
): Promise<Root | undefined> {
  try {
    const bytes = await cache.get('root');
    return bytes && parseRoot(parseEnvelope(bytes)).content;
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    damaged(error.message);
    return undefined;
  }
}

/**
 * Adds what the server serves of a repository, verified as for every reader. Nothing is written where the ports write
 * nothing.
 *
 * @throws NotaryError every code of `update`
 */
export async function expectByServer(expected: ExpectedKeys, ports: UpdatePorts): Promise<void> {
  const { root, targets } = await update(ports, { rotations: 'leave' });
  expected.add(
    ports.gun,
    root.content,
    [...targets.values()].map(({ content }) => content),
  );
}
