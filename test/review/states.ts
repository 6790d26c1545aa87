/** States of a repository, made by hand: what readers believe is said, not signed. */

import { asListedKeyId, type ListedKeyId } from '../../src/crypto/keys/key-id.ts';
import type { PublicKey } from '../../src/crypto/keys/public-key.ts';
import type { FileMeta } from '../../src/metadata/file-meta.ts';
import type { RepositoryState, RoleState, Standing } from '../../src/review/state.ts';

/** Certificates that cannot be read, so that their listed IDs stand for their keys. */
export function keysOf(...ids: readonly string[]): ReadonlyMap<ListedKeyId, PublicKey> {
  return new Map(
    ids.map((id) => [asListedKeyId(id.padEnd(64, '0')), { keyType: 'ecdsa-x509', value: '!' + id }]),
  );
}

export function metaOf(content: string): FileMeta {
  const sha256 = Buffer.from(content.padEnd(32, '.')).toString('base64');
  return { length: content.length, hashes: new Map([['sha256', sha256]]) };
}

export interface WantedRole {
  readonly keys?: readonly string[];
  readonly threshold?: number;
  readonly paths?: readonly string[];
  readonly targets?: Readonly<Record<string, string>>;
  readonly standing?: Standing;
  readonly expires?: string;
  readonly version?: number;
}

/** @param roles by name; delegations are listed by their parents in the order in which they are given */
export function stateWith(roles: Readonly<Record<string, WantedRole>>): RepositoryState {
  const states = new Map(
    Object.entries(roles).map(([name, wanted]) => [name, roleState(name, wanted, roles)]),
  );
  return { gun: 'g', ends: new Map(), roles: states };
}

function roleState(
  name: string,
  {
    keys = ['a'],
    threshold = 1,
    paths = [''],
    targets,
    standing = 'trusted',
    expires,
    version = 1,
  }: WantedRole,
  roles: Readonly<Record<string, WantedRole>>,
): RoleState {
  const listed = Object.entries(roles).filter(([other]) => other.slice(0, other.lastIndexOf('/')) === name);
  const content = {
    ...{ version, expires: expires ?? '2099-01-01T00:00:00Z' },
    targets: new Map(Object.entries(targets ?? {}).map(([target, text]) => [target, metaOf(text)])),
    delegations: {
      keys: keysOf(...listed.flatMap(([, wanted]) => wanted.keys ?? ['a'])),
      roles: listed.map(([child, wanted]) => ({
        ...{ name: child, keyIds: [...keysOf(...(wanted.keys ?? ['a'])).keys()] },
        ...{ threshold: wanted.threshold ?? 1, paths: wanted.paths ?? [''] },
      })),
    },
  };
  const envelope = { bytes: new Uint8Array(), signed: new Map(), signatures: [] };
  return { name, keys: keysOf(...keys), threshold, paths, file: { content, envelope, standing } };
}
