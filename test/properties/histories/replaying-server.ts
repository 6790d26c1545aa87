/** A server that has every file that was ever published, and hands out what it likes of them. */

import { createHash } from 'node:crypto';
import { NotaryError } from '../../../src/errors.ts';
import { timestampToJson } from '../../../src/metadata/snapshot.ts';
import type { RemoteStore } from '../../../src/ports/notary-server.ts';
import { fileMetaOf } from '../../../src/tuf/checksums.ts';
import { future, sealed, snapshotContent } from '../../support/metadata-author.ts';
import type { Random } from '../../support/seeded-random.ts';
import type { State } from './published.ts';

export interface ReplayingServer extends Pick<RemoteStore, 'get' | 'location'> {
  /** The newest state. */
  now: number;
  /** How the next requests are answered. */
  mood: Mood;
}

export type Mood =
  /** As it should be. */
  | 'honest'
  /** Everything as it was once. */
  | 'replay'
  /** Timestamp, roots and files of any times, whatever was asked for. */
  | 'mix'
  /** As it should be, with some files missing. */
  | 'gaps'
  /** With the keys of snapshot and timestamp, which such a server may hold: old files of targets under new ones. */
  | 'forge';

/** Of a server that has no keys. */
export const moods: readonly Mood[] = ['honest', 'honest', 'replay', 'mix', 'mix', 'gaps'];
/** Of one that has. */
export const forgersMoods: readonly Mood[] = ['forge', 'forge', 'replay', 'mix', 'gaps'];

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** All files of some states by the names under which they can be asked for. */
export interface Archive {
  readonly states: readonly State[];
  /** `role.<sha256>` and `N.root`. */
  readonly named: ReadonlyMap<string, Uint8Array>;
  /** The different files of a role, oldest first, with the number of the state in which each is new. */
  readonly ofRole: ReadonlyMap<string, readonly { readonly bytes: Uint8Array; readonly since: number }[]>;
}

export function archive(states: readonly State[]): Archive {
  const named = new Map<string, Uint8Array>();
  const ofRole = new Map<string, { bytes: Uint8Array; since: number }[]>();
  for (const [since, state] of states.entries()) {
    for (const [role, bytes] of state.files) {
      const isVersionedRoot = role.endsWith('.root');
      const name = isVersionedRoot ? role : `${role}.${sha256(bytes)}`;
      if (named.has(name)) continue;
      named.set(name, bytes);
      if (!isVersionedRoot) ofRole.set(role, [...(ofRole.get(role) ?? []), { bytes, since }]);
    }
  }
  return { states, named, ofRole };
}

export function replayingServer({ states, named, ofRole }: Archive, random: Random): ReplayingServer {
  /** The state that a replay shows; it stays the same until the next step. */
  const anyFile = (role: string): Uint8Array | undefined => {
    const known = (ofRole.get(role) ?? []).filter(({ since }) => since <= server.now);
    return known.length === 0 ? undefined : random.pick(known).bytes;
  };
  const find = (resource: string): Uint8Array | undefined => {
    const role = resource.replace(/\.[0-9a-f]{64}$/, '').replace(/^\d+\./, '');
    const forgery = server.mood === 'forge' ? forged.get(resource) : undefined;
    if (forgery !== undefined) return forgery;
    const state = states[shown]?.files;
    if (server.mood === 'mix' && random.oneIn(3)) return anyFile(role);
    if (server.mood === 'gaps' && random.oneIn(4)) return undefined;
    return named.get(resource) ?? (resource === role ? state?.get(role) : undefined);
  };
  /** New snapshot and timestamp over files of any time. */
  const forge = (): void => {
    forged.clear();
    const state = states[server.now];
    if (state === undefined) return;
    const files = new Map<string, Uint8Array>();
    for (const [role, bytes] of state.files) {
      if (role === 'root') files.set(role, bytes);
      else if (role.startsWith('targets'))
        files.set(role, (random.oneIn(2) ? anyFile(role) : undefined) ?? bytes);
    }
    const version = 100_000 + forgeries++;
    const snapshot = sealed(
      snapshotContent({ version, files: Object.fromEntries(files) }),
      ...(state.signers.get('snapshot') ?? []),
    );
    const timestamp = timestampToJson({
      version,
      expires: future,
      meta: new Map([['snapshot', fileMetaOf(snapshot)]]),
    });
    forged.set('timestamp', sealed(timestamp, ...(state.signers.get('timestamp') ?? [])));
    forged.set(`snapshot.${sha256(snapshot)}`, snapshot);
  };
  const forged = new Map<string, Uint8Array>();
  let forgeries = 0;
  let shown = 0;
  const server = {
    location: 'notary.test',
    now: 0,
    get mood() {
      return mood;
    },
    set mood(next: Mood) {
      mood = next;
      shown = next === 'replay' || next === 'mix' ? random.below(server.now + 1) : server.now;
      if (next === 'forge') forge();
    },
    get: async (resource: string, limit: number): Promise<Uint8Array> => {
      const bytes = find(resource);
      if (bytes === undefined)
        throw new NotaryError('METADATA_NOT_FOUND', `no ${resource}`, { details: { resource } });
      if (bytes.length > limit) throw new NotaryError('MALICIOUS_SERVER', 'too long');
      return bytes;
    },
  };
  let mood: Mood = 'honest';
  return server;
}
