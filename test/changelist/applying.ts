/** A collection that changes are applied to, and what comes of it. */

import { applyChanges } from '../../src/changelist/apply-changes.ts';
import type { Change } from '../../src/changelist/change.ts';
import type { ErrorCode } from '../../src/error-codes.ts';
import type { FileMeta } from '../../src/metadata/file-meta.ts';
import { fileMetaOf } from '../../src/tuf/checksums.ts';
import type { Repo } from '../../src/tuf/repo.ts';
import type { SigningKeys } from '../../src/tuf/sign-metadata.ts';
import { draftRepo, keysOf } from '../support/draft-repo.ts';
import { type MemoryLog, memoryLog } from '../support/memory-ports.ts';
import type { Signer } from '../support/metadata-author.ts';
import { refusal } from '../support/refusal.ts';
import { type SealedCollection, sealedCollection, signerOf } from '../support/sealed-collection.ts';

export const collection = sealedCollection({
  delegations: [
    ['targets/a', ['a/']],
    ['targets/a/b', ['a/b/']],
    ['targets/z', ['']],
    ['targets/none', []],
  ],
});

export const own = (role: string): Signer => signerOf(collection, role);
export const everyKey: readonly Signer[] = [...collection.signers.values()].flat();
export const meta: FileMeta = fileMetaOf(Buffer.from('new'));

export const noKeys = (...signers: readonly Signer[]): Error =>
  refusal(
    'NO_KEYS',
    `could not find necessary signing keys, at least one of these keys must be available: ${signers
      .map(({ key }) => key.keyId)
      .sort()
      .join(', ')}`,
  );

export const noRole = (role: string, reason: string): Error =>
  refusal('NO_SUCH_ROLE', `tuf: invalid role ${role}. ${reason}`);

/** A change as somebody else may have written it. */
export const foreign = (change: Partial<Change>): Change => ({
  ...{ action: 'create', scope: 'targets', type: 'target', path: 'x', content: Buffer.from('{"length":1}') },
  ...change,
});

export class Applying {
  readonly repo: Repo;
  readonly log: MemoryLog = memoryLog();
  readonly cautions: ErrorCode[] = [];

  constructor(from: SealedCollection = collection, resolve?: Parameters<typeof draftRepo>[1]) {
    this.repo = draftRepo(from, resolve);
  }

  /** With all keys at hand unless told. */
  apply(changes: readonly Change[], keys: SigningKeys = keysOf(...everyKey)): Promise<void> {
    return applyChanges(this.repo, changes, {
      ...{ keys, log: this.log },
      caution: (code) => void this.cautions.push(code),
    });
  }

  /** Roles whose files have to be signed again. */
  dirty(): readonly string[] {
    return [...this.repo.targets].filter(([, draft]) => draft.dirty).map(([role]) => role);
  }

  targetsOf(role: string): ReadonlyMap<string, FileMeta> {
    return this.repo.targets.get(role)?.content.targets ?? new Map<string, FileMeta>();
  }
}
