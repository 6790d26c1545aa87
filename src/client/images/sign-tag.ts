/** Signs the tag of an image: publishes its digest in every role that the keys here may sign it into. */

import { targetCreation } from '../../changelist/change.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import { type FileMeta, sameFileMeta } from '../../metadata/file-meta.ts';
import { sha256Hex } from '../../tuf/checksums.ts';
import type { LoadedRepo } from '../../tuf/repo.ts';
import type { Unseen } from '../confirm/concurrent-change-warnings.ts';
import { publishChanges } from '../publish/publish.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { update } from '../update/update.ts';
import { restartingRoles } from './restarted-roles.ts';
import { releasedRoles, signaturesOf } from './signatures.ts';
import { signingRoles } from './signing-roles.ts';

export interface TagToSign {
  readonly tag: string;
  readonly meta: FileMeta;
  /** The digest that was signed for the tag when the caller looked, in hex; undefined for none. */
  readonly signedBefore: string | undefined;
  /** Looks at the image once more, just before the upload; it throws where the tag stands for another by now. */
  readonly check: () => Promise<void>;
}

/** What is signed for a tag. */
export interface SignedImage {
  readonly meta: FileMeta;
  /** SHA-256 in hex. */
  readonly digest: string;
  /** The roles that hold it with this digest and are not released, without `targets/`. */
  readonly signers: readonly string[];
}

export interface TagLook {
  /** False when the server does not have the repository. */
  readonly exists: boolean;
  /** Undefined where the tag is not released. */
  readonly signed: SignedImage | undefined;
}

/** Looks whether the repository is there, and what is signed for a tag. @throws NotaryError every other code of `update` */
export async function lookAtTag(ports: RepositoryPorts, tag: string): Promise<TagLook> {
  try {
    const loaded = await update(ports);
    const meta = releasedMeta(loaded, tag);
    if (meta === undefined) return { exists: true, signed: undefined };
    const digest = sha256Hex(meta) ?? '';
    const row = signaturesOf(loaded).tags.find((one) => one.tag === tag && one.digest === digest);
    return { exists: true, signed: { meta, digest, signers: row?.signers ?? [] } };
  } catch (error) {
    if (isNotaryError(error, 'REPOSITORY_NOT_EXIST') && error.details.resource === 'root')
      return { exists: false, signed: undefined };
    throw error;
  }
}

/** Ends a publication that has nothing to say. */
class SignedAlready extends Error {}

/**
 * Signs and publishes a tag. Staged changes stay as they are, and are not published along. (Docker deletes them.)
 *
 * @returns the roles that were signed: none where each of them has the tag with this very digest
 * @throws NotaryError REPOSITORY_NOT_EXIST; DIGEST_CHANGED where another client has signed the tag since the caller
 * looked; every code of `signingRoles` and `publishChanges`, and of the check; ROLE_NEEDS_WITNESS, ROLE_NOT_THERE and
 * TARGETS_HIDDEN where another client has kept readers from seeing what was published
 */
export async function signTag(
  ports: RepositoryPorts,
  { tag, meta, signedBefore, check }: TagToSign,
): Promise<readonly string[]> {
  let signed: readonly string[] = [];
  let isSaid = false;
  try {
    const { unseen } = await ports.lock.hold(() =>
      restartingRoles(ports, (first, own) =>
        publishChanges(own, {
          changes: async (loaded) => {
            checkUnchanged(ports, loaded, tag, signedBefore);
            const roles = await signingRoles(ports, loaded, tag);
            if (!isSaid) cautionOfUnreleased(ports, loaded, { tag, meta, roles });
            isSaid = true;
            signed = roles.filter((role) => !holds(loaded, role, tag, meta));
            if (signed.length === 0) throw new SignedAlready();
            return [...first(loaded), ...signed.map((role) => targetCreation(role, tag, meta))];
          },
          beforeUpload: check,
          makesNone: true,
        }),
      ),
    );
    checkSeen(ports, unseen);
    return signed;
  } catch (error) {
    if (error instanceof SignedAlready) return [];
    throw error;
  }
}

function holds(loaded: LoadedRepo, role: string, tag: string, meta: FileMeta): boolean {
  const present = loaded.targets.get(role)?.content.targets.get(tag);
  return present !== undefined && sameFileMeta(present, meta);
}

/**
 * A signature that readers of released roles do not see is none for them. (Docker says success.)
 *
 * @throws NotaryError the code of what another client has done to a released role at the same moment
 */
function checkSeen({ caution }: Pick<RepositoryPorts, 'caution'>, unseen: readonly Unseen[]): void {
  for (const { code, message, details } of unseen) {
    if (releasedRoles.some((role) => role === details['role']))
      throw new NotaryError(code, message, { details });
    caution(code, message, details);
  }
}

/** A signer who may not sign released tags signs nothing that docker pulls. @throws NotaryError TARGETS_HIDDEN when strict */
function cautionOfUnreleased(
  { gun, caution }: RepositoryPorts,
  loaded: LoadedRepo,
  { tag, meta, roles }: { readonly tag: string; readonly meta: FileMeta; readonly roles: readonly string[] },
): void {
  if (roles.some((role) => releasedRoles.some((released) => released === role))) return;
  const present = releasedMeta(loaded, tag);
  if (present !== undefined && sameFileMeta(present, meta)) return;
  const stays =
    present === undefined ? 'is not released by it' : `stays released as sha256:${sha256Hex(present) ?? ''}`;
  const why = `no key here may sign it into ${releasedRoles[0]}`;
  caution(
    'TARGETS_HIDDEN',
    `${tag} of ${gun} ${stays}: ${why}`,
    { gun, target: tag, roles },
    `${tag} of ${gun} ${present === undefined ? 'would not be released' : stays}: ${why}; nothing was signed`,
  );
}

/** @throws NotaryError DIGEST_CHANGED */
function checkUnchanged(
  { gun }: RepositoryPorts,
  loaded: LoadedRepo,
  tag: string,
  before: string | undefined,
): void {
  const now = releasedDigest(loaded, tag);
  if (now === before) return;
  throw new NotaryError(
    'DIGEST_CHANGED',
    `another client has just signed ${tag} of ${gun} with sha256:${now ?? ''}`,
    {
      details: {
        gun,
        target: tag,
        ...(before !== undefined && { before }),
        ...(now !== undefined && { now }),
      },
      hint: 'Nothing was signed. Look at it, and run the command again.',
    },
  );
}

/** The digest that is signed for a tag, in hex: that in `targets/releases`, else that in `targets`. */
function releasedDigest(loaded: Pick<LoadedRepo, 'targets'>, tag: string): string | undefined {
  const meta = releasedMeta(loaded, tag);
  return meta === undefined ? undefined : (sha256Hex(meta) ?? '');
}

function releasedMeta(loaded: Pick<LoadedRepo, 'targets'>, tag: string): FileMeta | undefined {
  for (const role of releasedRoles) {
    const meta = loaded.targets.get(role)?.content.targets.get(tag);
    if (meta !== undefined) return meta;
  }
  return undefined;
}
