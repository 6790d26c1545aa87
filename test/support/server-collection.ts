/** A collection that scenarios publish: its keys, and its files as they should be. */

import type { PublicKey } from '../../src/crypto/keys/public-key.ts';
import type { JsonObject } from '../../src/encoding/json-value.ts';
import {
  certifiedSigner,
  plainSigner,
  type RootOptions,
  rootContent,
  type Signer,
  type SnapshotOptions,
  sealed,
  snapshotContent,
  type TargetsOptions,
  targetsContent,
} from './metadata-author.ts';
import type { Reply, Session } from './server-session.ts';

export class Collection {
  readonly session: Session;
  readonly rootKey: Signer;
  readonly targetsKey: Signer;
  /** Used when the snapshot is the client's. */
  readonly snapshotKey: Signer;
  readonly timestamp: PublicKey;
  /** The server's key or the client's. */
  readonly snapshot: PublicKey;

  private constructor(session: Session, timestamp: PublicKey, snapshot: PublicKey | undefined) {
    this.session = session;
    this.rootKey = session.once(`root key of ${session.gun}`, () => certifiedSigner(session.gun, new Date()));
    this.targetsKey = this.signer('targets');
    this.snapshotKey = this.signer('snapshot');
    this.timestamp = timestamp;
    this.snapshot = snapshot ?? this.snapshotKey.entry;
  }

  static async of(session: Session, snapshot: 'server' | 'client' = 'server'): Promise<Collection> {
    const timestamp = await session.serverKey('timestamp');
    return new Collection(
      session,
      timestamp,
      snapshot === 'server' ? await session.serverKey('snapshot') : undefined,
    );
  }

  /** A collection with root 1 and targets 1 published, and snapshot 1 if it is the client's. */
  static async published(
    session: Session,
    snapshot: 'server' | 'client' = 'server',
    targets: TargetsOptions = {},
  ): Promise<Collection> {
    const collection = await Collection.of(session, snapshot);
    const files = { root: collection.root(), targets: collection.targets('first', targets) };
    const { status } = await session.publish(
      snapshot === 'server' ? files : { ...files, snapshot: collection.snapshotOf({ files }) },
    );
    if (status !== 200) throw new Error(`the first publication was answered with ${status}`);
    return collection;
  }

  signer(name: string): Signer {
    return this.session.once(`key ${name}`, () => plainSigner());
  }

  rootContent(options: Partial<RootOptions> = {}): JsonObject {
    const { timestamp, snapshot, rootKey, targetsKey } = this;
    return rootContent({ root: [rootKey], targets: [targetsKey], timestamp, snapshot, ...options });
  }

  root(options: Partial<RootOptions> = {}, signers: readonly Signer[] = [this.rootKey]): Uint8Array {
    return sealed(this.rootContent(options), ...signers);
  }

  /** @param name makes the file one and the same on all servers */
  targets(
    name: string,
    options: TargetsOptions = {},
    signers: readonly Signer[] = [this.targetsKey],
  ): Uint8Array {
    return this.file(name, () => targetsContent(options), signers);
  }

  /** As `targets`, for content of any shape. */
  file(name: string, content: () => JsonObject, signers: readonly Signer[] = [this.targetsKey]): Uint8Array {
    return this.session.once(`file ${name}`, () => sealed(content(), ...signers));
  }

  snapshotOf(options: SnapshotOptions, signers: readonly Signer[] = [this.snapshotKey]): Uint8Array {
    return sealed(snapshotContent(options), ...signers);
  }

  publish(files: Readonly<Record<string, Uint8Array>>): Promise<Reply> {
    return this.session.publish(files);
  }
}
