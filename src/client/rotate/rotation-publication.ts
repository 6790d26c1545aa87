/** Publishes a rotation: puts the new keys into the root, and records the rotation before the upload. */

import type { PublicKey } from '../../crypto/keys/public-key.ts';
import { canonicalKeyId } from '../../crypto/keys/verification-key.ts';
import type { Root } from '../../metadata/root.ts';
import type { Repo } from '../../tuf/repo.ts';
import { replaceBaseKeys } from '../../tuf/rotate-role-keys.ts';
import type { RootKeyChoice } from '../initialize/choose-root-key.ts';
import { checkServerKeyIsNew } from '../key-lifecycle/server-key.ts';
import type { Publication } from '../publish/publish.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { sameIds } from '../rotation-record/finished-rotations.ts';
import { type RotationRecord, rotationJournal } from '../rotation-record/rotation-record.ts';
import { legacyRootKeys } from './legacy-root-keys.ts';
import { namedKeys, type Rotation } from './new-role-keys.ts';

/** Each attempt to publish runs `edit`, `legacyRootKeys` and `beforeUpload`, in this order. */
export class RotationPublication implements Publication {
  readonly creation: RootKeyChoice | undefined;
  readonly #ports: RepositoryPorts;
  readonly #rotation: Rotation;
  readonly #keys: readonly PublicKey[];
  /** What has been recorded of the rotation so far. */
  #record: RotationRecord;
  #sent = false;

  /**
   * @param record the rotation as it was recorded before anything is published
   * @param creation as in `Publication`
   */
  constructor(
    ports: RepositoryPorts,
    rotation: Rotation,
    keys: readonly PublicKey[],
    record: RotationRecord,
    creation?: RootKeyChoice,
  ) {
    this.creation = creation;
    this.#ports = ports;
    this.#rotation = rotation;
    this.#keys = keys;
    this.#record = record;
  }

  /** True once an upload has begun: the server may have accepted it. */
  get sent(): boolean {
    return this.#sent;
  }

  get record(): RotationRecord {
    return this.#record;
  }

  /** A rotation publishes none of the staged changes. */
  async changes(): Promise<readonly never[]> {
    return [];
  }

  edit(repo: Repo, initial: boolean): void {
    const { role, serverManaged } = this.#rotation;
    // An attempt that the server may have accepted has made the new key the present one.
    const maybePresent = initial || this.#sent;
    if (serverManaged) {
      for (const key of this.#keys) checkServerKeyIsNew(this.#ports, repo, { role, key, maybePresent });
    }
    const oldKeys = replaceBaseKeys(repo, role, this.#keys).map(canonicalKeyId);
    this.#record = { ...this.#record, oldKeys, rootVersion: repo.publishedRoot.version };
    if (!this.#sent) this.#warnSameKeys();
  }

  async legacyRootKeys(published: Root) {
    return legacyRootKeys(this.#ports, published, this.#rotation.legacyVersions);
  }

  async beforeUpload(): Promise<void> {
    await rotationJournal(this.#ports, this.#rotation.role).record(this.#record);
    this.#sent = true;
  }

  #warnSameKeys(): void {
    const { gun, caution } = this.#ports;
    const { role } = this.#rotation;
    const named = namedKeys(this.#rotation);
    if (named.length === 0 || !sameIds(named, this.#record.oldKeys)) return;
    const present = `the ${role} of ${gun} has the key ${named.join(', ')} already`;
    caution(
      'KEY_IN_USE',
      `${present}, so that no other key is replaced`,
      { gun, role, keys: named },
      `${present}; nothing was published`,
    );
  }
}
