/** A whole collection in memory, sound in every part, with all of its private keys at hand. */

import type { JsonObject } from '../../src/encoding/json-value.ts';
import { parentRole } from '../../src/metadata/role-name.ts';
import { parseEnvelope } from '../../src/metadata/signed.ts';
import { timestampToJson } from '../../src/metadata/snapshot.ts';
import { fileMetaOf } from '../../src/tuf/checksums.ts';
import {
  certifiedSigner,
  type Delegate,
  future,
  plainSigner,
  rootContent,
  type Signer,
  sealed,
  snapshotContent,
  targetsContent,
} from './metadata-author.ts';

export interface SealedCollection {
  readonly gun: string;
  /** When it is looked at: nothing has expired and nothing is about to. */
  readonly now: Date;
  /** By role, in the order in which they are loaded. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Who signs each role. */
  readonly signers: ReadonlyMap<string, readonly Signer[]>;
}

/** A delegation with a name, and the prefixes it may sign. */
export type DelegationPlan = readonly [name: string, paths: readonly string[]];

export interface CollectionPlan {
  readonly gun?: string;
  readonly now?: Date;
  /** Version of every file. */
  readonly version?: number;
  readonly delegations?: readonly DelegationPlan[];
  /** Names of the targets of each role; one named like the role unless told. */
  readonly targets?: Readonly<Record<string, readonly string[]>>;
}

export const usualDelegations: readonly DelegationPlan[] = [
  ['targets/a', ['']],
  ['targets/a/b', ['']],
  ['targets/z', ['']],
];

const targetMeta = (name: string, role: string) => fileMetaOf(Buffer.from(`content of ${name} in ${role}`));

export function sealedCollection(plan: CollectionPlan = {}): SealedCollection {
  const { gun = 'docker.io/alice/demo', now = new Date('2026-11-22T16:00:00Z'), version = 5 } = plan;
  const { delegations = usualDelegations, targets = {} } = plan;
  const signers = new Map<string, readonly Signer[]>([['root', [certifiedSigner(gun, now)]]]);
  const names = delegations.map(([name]) => name);
  for (const role of ['targets', 'snapshot', 'timestamp', ...names]) signers.set(role, [plainSigner()]);
  const of = (role: string) => signers.get(role) ?? [];
  const entry = (role: string) => {
    const [signer] = of(role);
    if (signer === undefined) throw new Error(`${role} has no key`);
    return signer.entry;
  };
  const files = new Map<string, Uint8Array>();
  const root = {
    root: of('root'),
    targets: of('targets'),
    snapshot: entry('snapshot'),
    timestamp: entry('timestamp'),
  };
  files.set('root', sealed(rootContent({ version, ...root }), ...of('root')));
  for (const role of ['targets', ...names]) {
    const delegates = delegations
      .filter(([name]) => parentRole(name) === role)
      .map(([name, paths]): Delegate => ({ name, paths, signers: of(name) }));
    const own = (targets[role] ?? [`target of ${role}`]).map(
      (name) => [name, targetMeta(name, role)] as const,
    );
    files.set(
      role,
      sealed(targetsContent({ version, delegates, targets: Object.fromEntries(own) }), ...of(role)),
    );
  }
  files.set(
    'snapshot',
    sealed(snapshotContent({ version, files: Object.fromEntries(files) }), ...of('snapshot')),
  );
  files.set('timestamp', sealed(timestampOver(files, version), ...of('timestamp')));
  return { gun, now, files: inOrder(files), signers };
}

function inOrder(files: ReadonlyMap<string, Uint8Array>): Map<string, Uint8Array> {
  const first = ['root', 'timestamp', 'snapshot', 'targets'];
  const rest = [...files.keys()].filter((role) => !first.includes(role));
  return new Map(
    [...first, ...rest].flatMap((role) => {
      const bytes = files.get(role);
      return bytes === undefined ? [] : [[role, bytes] as const];
    }),
  );
}

function timestampOver(files: ReadonlyMap<string, Uint8Array>, version: number): JsonObject {
  const meta = new Map([['snapshot', fileMetaOf(files.get('snapshot') ?? new Uint8Array())]]);
  return timestampToJson({ version, expires: future, meta });
}

/** The one key of a role. */
export function signerOf({ signers }: SealedCollection, role: string): Signer {
  const [signer] = signers.get(role) ?? [];
  if (signer === undefined) throw new Error(`${role} has no key`);
  return signer;
}

/** What is signed in a role's file. */
export function signedPart(collection: SealedCollection, role: string): JsonObject {
  return parseEnvelope(collection.files.get(role) ?? new Uint8Array()).signed;
}

/** A role's file with its content changed, and signed by its own keys unless told. */
export function changed(
  collection: SealedCollection,
  role: string,
  change: (signed: JsonObject) => JsonObject,
  signers: readonly Signer[] = collection.signers.get(role) ?? [],
): Uint8Array {
  return sealed(change(signedPart(collection, role)), ...signers);
}

/**
 * The collection with some files in place of its own (undefined: gone) and nothing else done, as a server
 * without any key could serve it.
 */
export function served(
  collection: SealedCollection,
  files: ReadonlyMap<string, Uint8Array | undefined>,
): SealedCollection {
  const all = new Map(collection.files);
  for (const [role, bytes] of files) {
    if (bytes === undefined) all.delete(role);
    else all.set(role, bytes);
  }
  return { ...collection, files: inOrder(all) };
}

/**
 * As `served`, with a new snapshot and timestamp over the files, as a server that holds those keys could
 * serve it. A snapshot or timestamp among the files is taken as it is, with what it vouches for as it was.
 * A file that is gone is still listed.
 */
export function resealed(
  collection: SealedCollection,
  files: ReadonlyMap<string, Uint8Array | undefined>,
): SealedCollection {
  const all = new Map(served(collection, files).files);
  const version = Number(signedPart(collection, 'snapshot').get('version'));
  if (!files.has('snapshot') && !files.has('timestamp')) {
    const listed = [...collection.files, ...all].filter(
      ([role]) => role !== 'snapshot' && role !== 'timestamp',
    );
    const content = snapshotContent({ version, files: Object.fromEntries(listed) });
    all.set('snapshot', sealed(content, ...(collection.signers.get('snapshot') ?? [])));
  }
  if (!files.has('timestamp')) {
    all.set(
      'timestamp',
      sealed(
        timestampOver(new Map([...collection.files, ...all]), version),
        ...(collection.signers.get('timestamp') ?? []),
      ),
    );
  }
  return { ...collection, files: inOrder(all) };
}
