/** People who sign the tags of one image on a server in memory: alice, who owns its repository, and bob. */

import { targetCreation } from '../../src/changelist/change.ts';
import { addSigner } from '../../src/client/images/add-signer.ts';
import { publishToImage } from '../../src/client/images/publish-image.ts';
import { lookAtTag, signTag } from '../../src/client/images/sign-tag.ts';
import type { RepositoryPorts } from '../../src/client/repository-ports.ts';
import type { PublicKey } from '../../src/crypto/keys/public-key.ts';
import { NotaryError } from '../../src/errors.ts';
import type { FileMeta } from '../../src/metadata/file-meta.ts';
import { type Actor, actor, machine } from './actor.ts';
import { type FreshServer, freshServer } from './fresh-server.ts';

export interface ImageTeam extends FreshServer {
  readonly bob: Actor;
  /** The key of the owner as a signer, and that of bob. */
  readonly alices: PublicKey;
  readonly bobs: PublicKey;
}

/** Both are signers, and nothing is signed yet. */
export async function imageTeam(): Promise<ImageTeam> {
  const fresh = freshServer();
  const { owner, server, clock } = fresh;
  const bob = actor(server, clock, owner.gun, machine());
  const alices = await addAsSigner(owner, 'alice', owner);
  const bobs = await addAsSigner(owner, 'bob', bob);
  return { ...fresh, bob, alices, bobs };
}

/** Makes a key on the machine of a person, and has the owner add it under a name. */
export async function addAsSigner(owner: Actor, name: string, who: Actor): Promise<PublicKey> {
  const key = await who.cryptoService.create(name, '');
  await addSigner(owner, { name, keys: [key], onCreate: () => undefined });
  return key;
}

/** What a tag stands for: a digest of one repeated byte. */
export function imageMeta(byte: number, algorithm: 'sha256' | 'sha512' = 'sha256', length = 1): FileMeta {
  const digest = Buffer.alloc(algorithm === 'sha256' ? 32 : 64, byte);
  return { length, hashes: new Map([[algorithm, digest.toString('base64')]]) };
}

/** Signs a tag as `trust sign` does, with the keys that a person has. @returns the roles */
export async function signAs(
  who: RepositoryPorts,
  tag: string,
  meta = imageMeta(7),
): Promise<readonly string[]> {
  const signedBefore = (await lookAtTag(who, tag)).signed?.digest;
  return signTag(who, { tag, meta, signedBefore, check: () => Promise.resolve() });
}

/** Puts a tag into roles, whatever is there. */
export async function putTag(
  who: Actor,
  roles: readonly string[],
  tag: string,
  meta = imageMeta(7),
): Promise<void> {
  const changes = roles.map((role) => targetCreation(role, tag, meta));
  await publishToImage(who, { changes: async () => changes });
}

/** The same client with `--strict`. */
export function strictly(who: Actor): Actor {
  return {
    ...who,
    caution: (code, message) => {
      throw new NotaryError(code, message);
    },
  };
}
