/** A collection whose keys are all at hand, the server's too: it can be made wrong in every way and signed again. */

import { publicKeyToJson } from '../../src/crypto/keys/key-entry.ts';
import type { PrivateKey } from '../../src/crypto/keys/private-key.ts';
import type { JsonObject, JsonValue } from '../../src/encoding/json-value.ts';
import { fileMetasToJson } from '../../src/metadata/file-meta.ts';
import { parentRole } from '../../src/metadata/role-name.ts';
import { snapshotToJson, timestampToJson } from '../../src/metadata/snapshot.ts';
import { fileMetaOf } from '../../src/tuf/checksums.ts';
import { epoch } from './memory-ports.ts';
import {
  certifiedSigner,
  edited,
  future,
  plainSigner,
  rootContent,
  type Signer,
  sealed,
  targetsContent,
} from './metadata-author.ts';
import { type FileServer, fileServer } from './served-metadata.ts';

export interface ForgeOptions {
  readonly gun?: string;
  readonly now?: Date;
  /** Delegations with a file; each parent must stand before its children. */
  readonly delegations?: readonly string[];
  /** Delegations that their parents list and that have no file. */
  readonly bare?: readonly string[];
  /** The version at which every role begins. */
  readonly version?: number;
}

export const forgedGun = 'docker.io/alice/demo';

/** Keys are the same in all collections of a test file, since making them takes most of the time. */
const standing = new Map<string, Signer>();

function standingSigner(name: string, make: () => Signer): Signer {
  const signer = standing.get(name) ?? make();
  standing.set(name, signer);
  return signer;
}

export class ForgedCollection {
  readonly gun: string;
  readonly now: Date;
  /** Who signs the file of a role. */
  readonly signers = new Map<string, readonly Signer[]>();
  /** What the file of a role says. */
  readonly contents = new Map<string, JsonObject>();
  /** What is served: by role, and every root that was signed as `N.root`. */
  readonly files = new Map<string, Uint8Array>();
  readonly server: FileServer = fileServer(this.files);

  constructor(options: ForgeOptions = {}) {
    const { gun = forgedGun, now = epoch, delegations = [], bare = [], version = 10 } = options;
    this.gun = gun;
    this.now = now;
    for (const role of ['targets', 'snapshot', 'timestamp', ...delegations, ...bare]) {
      this.signers.set(role, [standingSigner(role, plainSigner)]);
    }
    const name = `root of ${gun} since ${now.toISOString()}`;
    this.signers.set('root', [standingSigner(name, () => this.rootSigner())]);
    this.contents.set('root', this.#rootContent(version));
    const listed = [...delegations, ...bare];
    for (const role of ['targets', ...delegations]) {
      const delegates = listed
        .filter((name) => parentRole(name) === role)
        .map((name) => ({ name, signers: this.signersOf(name) }));
      const targets = { [`of ${role}`]: fileMetaOf(Buffer.from(role)) };
      this.contents.set(role, targetsContent({ version, targets, delegates }));
    }
    const meta = new Map();
    this.contents.set('snapshot', snapshotToJson({ version, expires: future, meta }));
    this.contents.set('timestamp', timestampToJson({ version, expires: future, meta }));
    for (const role of this.contents.keys()) this.seal(role);
    this.settle();
  }

  #rootContent(version: number): JsonObject {
    const entry = (role: string) => this.oneSigner(role).entry;
    return rootContent({
      version,
      root: this.signersOf('root'),
      targets: this.signersOf('targets'),
      snapshot: entry('snapshot'),
      timestamp: entry('timestamp'),
    });
  }

  /** A root key with a new certificate for the GUN; the key is new unless given. */
  rootSigner(key?: PrivateKey): Signer {
    return certifiedSigner(this.gun, this.now, key);
  }

  signersOf(role: string): readonly Signer[] {
    return this.signers.get(role) ?? [];
  }

  oneSigner(role: string): Signer {
    const [first] = this.signersOf(role);
    if (first === undefined) throw new Error(`nobody signs ${role}`);
    return first;
  }

  content(role: string): JsonObject {
    const content = this.contents.get(role);
    if (content === undefined) throw new Error(`${role} has no content`);
    return content;
  }

  /** Everything that holds targets and has a file. */
  targetsRoles(): readonly string[] {
    return [...this.contents.keys()].filter((role) => role.startsWith('targets'));
  }

  version(role: string): number {
    return this.content(role).get('version') as number;
  }

  /** Signs the content of a role and serves it. */
  seal(role: string, signers: readonly Signer[] = this.signersOf(role)): void {
    const bytes = sealed(this.content(role), ...signers);
    this.files.set(role, bytes);
    if (role === 'root') this.files.set(`${this.version('root')}.root`, bytes);
  }

  /** Changes one member of a role's content, however deep, and signs it again. */
  edit(role: string, path: readonly string[], value: JsonValue | undefined): void {
    this.contents.set(role, edited(this.content(role), path, value));
    this.seal(role);
  }

  /** Gives root keys, a threshold and the next version to the root; it is signed by whom it shall be signed. */
  rotateRoot(
    keys: readonly Signer[],
    signedBy: readonly Signer[],
    options: { readonly threshold?: number; readonly expires?: string } = {},
  ): void {
    let content = this.content('root');
    for (const { id, entry } of keys) content = edited(content, ['keys', id], publicKeyToJson(entry));
    content = edited(
      content,
      ['roles', 'root', 'keyids'],
      keys.map(({ id }) => id),
    );
    content = edited(content, ['roles', 'root', 'threshold'], options.threshold ?? 1);
    content = edited(content, ['expires'], options.expires ?? future);
    content = edited(content, ['version'], this.version('root') + 1);
    this.signers.set('root', keys);
    this.contents.set('root', content);
    this.seal('root', signedBy);
    this.settle();
  }

  /** Gives a base role other keys in the next version of the root; the file of the role stays as it is. */
  rotateBase(role: string, keys: readonly Signer[]): void {
    let content = this.content('root');
    for (const { id, entry } of keys) content = edited(content, ['keys', id], publicKeyToJson(entry));
    content = edited(
      content,
      ['roles', role, 'keyids'],
      keys.map(({ id }) => id),
    );
    this.contents.set('root', edited(content, ['version'], this.version('root') + 1));
    this.signers.set(role, keys);
    this.seal('root');
  }

  /** Gives a delegation other keys in its parent's list; the file of the delegation stays as it is. */
  rotateDelegation(role: string, keys: readonly Signer[]): void {
    for (const { id, entry } of keys) {
      this.edit(parentRole(role), ['delegations', 'keys', id], publicKeyToJson(entry));
    }
    this.editDelegation(role, (entry) =>
      edited(
        entry,
        ['keyids'],
        keys.map(({ id }) => id),
      ),
    );
    this.signers.set(role, keys);
  }

  /** The threshold of a role, where it is written: in the root or in the parent's list. */
  setThreshold(role: string, threshold: number): void {
    if (!role.includes('/')) this.edit('root', ['roles', role, 'threshold'], threshold);
    else this.editDelegation(role, (entry) => edited(entry, ['threshold'], threshold));
  }

  /** Changes the entry of a delegation in its parent's list; undefined takes it out. */
  editDelegation(role: string, change: (entry: JsonObject) => JsonObject | undefined): void {
    const parent = parentRole(role);
    const delegations = this.content(parent).get('delegations') as JsonObject;
    const roles = (delegations.get('roles') as JsonObject[]).flatMap((entry) => {
      const kept = entry.get('name') === role ? change(entry) : entry;
      return kept === undefined ? [] : [kept];
    });
    this.edit(parent, ['delegations', 'roles'], roles);
  }

  /** The next version of a role's file, as it is. */
  next(role: string): void {
    this.edit(role, ['version'], this.version(role) + 1);
  }

  /** Every role gets a version that is higher, so that readers have to fetch everything anew. */
  raise(by = 1): void {
    for (const [role, content] of this.contents) {
      this.contents.set(role, edited(content, ['version'], this.version(role) + by));
      this.seal(role);
    }
    this.settle();
  }

  /** Lets the next snapshot name the files as they are now, and the next timestamp that snapshot. */
  settle(): void {
    this.settleSnapshot();
    this.settleTimestamp();
  }

  settleSnapshot(): void {
    const listed = [...this.contents.keys()].filter((role) => !['snapshot', 'timestamp'].includes(role));
    this.#describe('snapshot', listed);
  }

  settleTimestamp(): void {
    this.#describe('timestamp', ['snapshot']);
  }

  #describe(role: string, listed: readonly string[]): void {
    const meta = new Map(
      listed.flatMap((name) => {
        const bytes = this.files.get(name);
        return bytes === undefined ? [] : [[name, fileMetaOf(bytes)] as const];
      }),
    );
    const content = edited(this.content(role), ['version'], this.version(role) + 1);
    this.contents.set(role, edited(content, ['meta'], fileMetasToJson(meta)));
    this.seal(role);
  }
}
