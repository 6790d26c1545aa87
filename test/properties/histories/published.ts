/** What several publishers have published of one collection, state by state, signed once and for all. */

import { publicKeyToJson } from '../../../src/crypto/keys/key-entry.ts';
import type { JsonObject, JsonValue } from '../../../src/encoding/json-value.ts';
import { ForgedCollection } from '../../support/forged-repository.ts';
import { edited, plainSigner, type Signer, targetsContent } from '../../support/metadata-author.ts';
import type { Random } from '../../support/seeded-random.ts';

/** What an honest server has after one publication. */
export interface State {
  /** By role, and every root as `N.root`. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Who signs a role now. */
  readonly signers: ReadonlyMap<string, readonly Signer[]>;
}

/** An event in the life of a collection. */
type Event = (collection: ForgedCollection, random: Random) => void;

const delegates = ['targets/a', 'targets/b'];

const isThere = (collection: ForgedCollection, role: string): boolean => collection.contents.has(role);

function entryOf(collection: ForgedCollection, role: string): JsonObject {
  const delegations = collection.content('targets').get('delegations') as JsonObject;
  const found = (delegations.get('roles') as JsonObject[]).find((entry) => entry.get('name') === role);
  if (found === undefined) throw new Error(`${role} is not listed`);
  return found;
}

/** Versions mostly go up by one, sometimes by a leap. */
function nextVersion(collection: ForgedCollection, role: string, random: Random): void {
  const by = random.oneIn(6) ? 1 + random.below(1000) : 1;
  collection.edit(role, ['version'], collection.version(role) + by);
}

/** After new keys a role may begin anew: that is how it recovers from a version at the end of the range. */
function afterNewKeys(collection: ForgedCollection, role: string, random: Random): void {
  if (random.oneIn(2)) collection.edit(role, ['version'], 1);
  else nextVersion(collection, role, random);
}

const signTargets: Event = (collection, random) => {
  collection.edit('targets', ['targets', `tag-${random.below(5)}`], target(random));
  nextVersion(collection, 'targets', random);
};

const target = (random: Random): JsonObject =>
  new Map<string, JsonValue>([
    ['hashes', new Map([['sha256', random.bytes(32).toString('base64')]])],
    ['length', random.below(1000)],
  ]);

const signDelegate: Event = (collection, random) => {
  const role = random.pick(delegates);
  if (!isThere(collection, role)) return;
  collection.edit(role, ['targets', `tag-${random.below(5)}`], target(random));
  nextVersion(collection, role, random);
};

const rotateDelegate: Event = (collection, random) => {
  const role = random.pick(delegates);
  if (!isThere(collection, role)) return;
  collection.rotateDelegation(role, [plainSigner()]);
  nextVersion(collection, 'targets', random);
  afterNewKeys(collection, role, random);
};

const rotateBase: Event = (collection, random) => {
  const role = random.pick(['timestamp', 'snapshot', 'targets']);
  collection.rotateBase(role, [plainSigner()]);
  // The version that is written counts up once more when everything is made to fit.
  if (role === 'targets') afterNewKeys(collection, role, random);
  else if (random.oneIn(2)) collection.edit(role, ['version'], 1);
};

const rotateRoot: Event = (collection) => {
  const key = collection.rootSigner();
  collection.rotateRoot([key], [...collection.signersOf('root'), key]);
};

const removeDelegate: Event = (collection, random) => {
  const role = random.pick(delegates);
  if (!isThere(collection, role)) return;
  collection.editDelegation(role, () => undefined);
  collection.contents.delete(role);
  collection.files.delete(role);
  nextVersion(collection, 'targets', random);
};

/** Somebody is a delegate again, with other keys and from the first version on. */
const addDelegate: Event = (collection, random) => {
  const role = random.pick(delegates);
  if (isThere(collection, role)) return;
  const signer = plainSigner();
  const other = delegates.find((name) => name !== role && isThere(collection, name));
  const entry = new Map<string, JsonValue>([
    ['keyids', [signer.id]],
    ['name', role],
    ['paths', ['']],
    ['threshold', 1],
  ]);
  const roles = other === undefined ? [entry] : [entryOf(collection, other), entry];
  collection.edit('targets', ['delegations', 'keys', signer.id], publicKeyToJson(signer.entry));
  collection.edit('targets', ['delegations', 'roles'], roles);
  collection.signers.set(role, [signer]);
  collection.contents.set(role, edited(targetsContent({ version: 1 }), ['targets', 'again'], target(random)));
  collection.seal(role);
  nextVersion(collection, 'targets', random);
};

const refresh: Event = () => undefined;

/** Each as often as it stands here. */
const events: readonly Event[] = [
  ...[signTargets, signTargets, signDelegate, signDelegate, signDelegate, refresh, addDelegate, addDelegate],
  ...[rotateDelegate, rotateBase, rotateRoot, removeDelegate],
];

/** The states of one collection, from its beginning. */
export function publishedStates(count: number, random: Random): readonly State[] {
  const collection = new ForgedCollection({ delegations: delegates });
  const state = (): State => ({ files: new Map(collection.files), signers: new Map(collection.signers) });
  const states: State[] = [state()];
  while (states.length < count) {
    const event = random.pick(events);
    event(collection, random);
    if (event === refresh) collection.settleTimestamp();
    else collection.settle();
    states.push(state());
  }
  return states;
}
