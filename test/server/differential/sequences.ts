/** Random requests one after the other: uploads right and wrong in many ways, reads, keys, deletions. */

import fc from 'fast-check';
import type { PublicKey } from '../../../src/crypto/keys/public-key.ts';
import { digest } from '../../../src/crypto/signatures/digest.ts';
import { toHex } from '../../../src/encoding/bytes.ts';
import {
  future,
  past,
  plainSigner,
  type Signer,
  sealed,
  targetsContent,
} from '../../support/metadata-author.ts';
import { Collection } from '../../support/server-collection.ts';
import type { Session } from '../../support/server-session.ts';

/** One file of an upload. */
interface File {
  readonly role: 'root' | 'targets' | 'targets/a' | 'targets/a/b' | 'snapshot' | 'timestamp';
  /** How far its version lies from the one published last. */
  readonly ahead: number;
  readonly signedBy: 'owner' | 'stranger' | 'both' | 'nobody';
  readonly expired: boolean;
  /** Root: a new key of this role. Targets: no delegations. Snapshot: of other files than these. */
  readonly changed: boolean;
}

type Step =
  | { readonly kind: 'upload'; readonly files: readonly File[] }
  | {
      readonly kind: 'read';
      readonly role: File['role'];
      readonly by: 'name' | 'version' | 'checksum';
      readonly number: number;
    }
  | {
      readonly kind: 'key';
      readonly role: 'timestamp' | 'snapshot';
      readonly method: 'GET' | 'POST';
    }
  | { readonly kind: 'delete' | 'changes' };

const often = <T>(usual: T, ...others: readonly T[]) =>
  fc.oneof(
    { weight: 4 * others.length, arbitrary: fc.constant(usual) },
    ...others.map((other) => fc.constant(other)),
  );

const role = fc.constantFrom<File['role']>(
  'root',
  'targets',
  'targets',
  'targets/a',
  'targets/a/b',
  'snapshot',
  'timestamp',
);

const file: fc.Arbitrary<File> = fc.record({
  role,
  ahead: often(1, 0, -1, 2, 7),
  signedBy: often<File['signedBy']>('owner', 'stranger', 'both', 'nobody'),
  expired: often(false, true),
  changed: often(false, true),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('upload' as const),
      files: fc.array(file, { maxLength: 4 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      role,
      by: fc.constantFrom('name' as const, 'version' as const, 'checksum' as const),
      number: fc.nat({ max: 9 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('key' as const),
      role: fc.constantFrom('timestamp' as const, 'snapshot' as const),
      method: fc.constantFrom('GET' as const, 'POST' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('delete' as const, 'changes' as const),
    }),
  },
);

export interface Sequence {
  readonly holder: 'server' | 'client';
  readonly steps: readonly Step[];
}

export const sequence: fc.Arbitrary<Sequence> = fc.record({
  holder: fc.constantFrom('server' as const, 'client' as const),
  steps: fc.array(step, { minLength: 8, maxLength: 16 }),
});

/** Plays a sequence for a GUN that is published soundly first. */
export async function playSequence(session: Session, { holder, steps }: Sequence): Promise<void> {
  const player = await Player.start(session, holder);
  for (const [index, one] of steps.entries()) await player.take(one, index);
}

class Player {
  readonly #session: Session;
  readonly #collection: Collection;
  readonly #versions = new Map<string, number>([
    ['root', 1],
    ['targets', 1],
    ['snapshot', 1],
  ]);
  /** What was accepted, oldest first. */
  readonly #accepted: (readonly [role: string, bytes: Uint8Array])[] = [];
  #timestamp: PublicKey;
  #snapshot: PublicKey;
  #rootKeys: readonly Signer[];

  private constructor(session: Session, collection: Collection) {
    this.#session = session;
    this.#collection = collection;
    this.#rootKeys = [collection.rootKey];
    this.#timestamp = collection.timestamp;
    this.#snapshot = collection.snapshot;
  }

  static async start(session: Session, holder: 'server' | 'client'): Promise<Player> {
    const delegates = [
      {
        name: 'targets/a',
        signers: [session.once('owner of a', () => plainSigner())],
      },
    ];
    return new Player(session, await Collection.published(session, holder, { delegates }));
  }

  async take(one: Step, index: number): Promise<void> {
    if (one.kind === 'upload') await this.#upload(one.files, index);
    else if (one.kind === 'read') await this.#read(one);
    else if (one.kind === 'key') await this.#newKey(one);
    else if (one.kind === 'delete') await this.#session.ask('DELETE', '');
    else
      await this.#session.send({
        method: 'GET',
        path: `/v2/${this.#session.gun}/_trust/changefeed?records=9`,
      });
  }

  async #upload(files: readonly File[], index: number): Promise<void> {
    const sent: Record<string, Uint8Array> = {};
    const versions = new Map<string, number>();
    for (const one of files) {
      const version = (this.#versions.get(one.role) ?? 0) + one.ahead;
      versions.set(one.role, version);
      sent[one.role] = this.#bytes(one, version, sent, `step ${index} ${one.role} ${JSON.stringify(one)}`);
    }
    const { status } = await this.#session.publish(sent, `step ${index}: ${JSON.stringify(files)}`);
    if (status !== 200) return;
    for (const [name, version] of versions) this.#versions.set(name, version);
    this.#accepted.push(...Object.entries(sent));
    await this.#session.ask('GET', 'timestamp.json');
  }

  #bytes(one: File, version: number, sent: Readonly<Record<string, Uint8Array>>, name: string): Uint8Array {
    const expires = one.expired ? past : future;
    const { rootKey, targetsKey, snapshotKey } = this.#collection;
    if (one.role === 'root') {
      if (one.changed) this.#rootKeys = [rootKey, ...this.#rootKeys].slice(0, 2);
      const keys = {
        timestamp: this.#timestamp,
        snapshot: this.#snapshot,
        root: [...new Set(this.#rootKeys)],
      };
      return this.#collection.root({ version, expires, ...keys }, this.#signers(one, rootKey));
    }
    if (one.role === 'snapshot' || one.role === 'timestamp') {
      const files = one.changed ? {} : Object.fromEntries([...this.#accepted, ...Object.entries(sent)]);
      return this.#collection.snapshotOf({ version, expires, files }, this.#signers(one, snapshotKey));
    }
    const [next, owner] =
      one.role === 'targets'
        ? (['targets/a', targetsKey] as const)
        : ([`${one.role}/b`, this.#owner(one.role)] as const);
    const delegates = one.changed ? [] : [{ name: next, signers: [this.#owner(next)] }];
    return this.#session.once(name, () =>
      sealed(targetsContent({ version, expires, delegates }), ...this.#signers(one, owner)),
    );
  }

  #owner(delegation: string): Signer {
    return this.#session.once(`owner of ${delegation.split('/').at(-1) ?? ''}`, () => plainSigner());
  }

  #signers({ signedBy }: File, owner: Signer): readonly Signer[] {
    const stranger = this.#collection.signer('stranger');
    return {
      owner: [owner],
      stranger: [stranger],
      both: [stranger, owner],
      nobody: [],
    }[signedBy];
  }

  async #read({ role: name, by, number }: Step & { readonly kind: 'read' }): Promise<void> {
    const bytes = this.#accepted.filter(([held]) => held === name).at(number % 3)?.[1] ?? new Uint8Array();
    const sum = toHex(digest('sha256', bytes));
    const resource = {
      name,
      version: `${number}.${name}`,
      checksum: `${name}.${sum}`,
    }[by];
    await this.#session.ask('GET', `${resource}.json`);
  }

  async #newKey({ role: name, method }: Step & { readonly kind: 'key' }): Promise<void> {
    const key = await this.#session.serverKey(name, method);
    if (name === 'timestamp') this.#timestamp = key;
    else this.#snapshot = key;
  }
}
