import { createHash } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { type Updated, update } from '../../src/client/update/update.ts';
import type { verifySignature } from '../../src/crypto/signatures/verify.ts';
import { isNotaryError } from '../../src/errors.ts';
import { parseCommon, parseEnvelope } from '../../src/metadata/signed.ts';
import { actor } from '../support/actor.ts';
import { forgedGun } from '../support/forged-repository.ts';
import { memoryClock } from '../support/memory-ports.ts';
import { forCasesAsync, Random, runs } from '../support/seeded-random.ts';
import { publishedStates } from './histories/published.ts';
import {
  type Archive,
  archive,
  forgersMoods,
  moods,
  type ReplayingServer,
  replayingServer,
} from './histories/replaying-server.ts';

// The same signatures are looked at again and again; the arithmetic is done once for each of them.
vi.mock('../../src/crypto/signatures/verify.ts', async (importOriginal) => {
  const original = await importOriginal<{ verifySignature: typeof verifySignature }>();
  const known = new Map<string, boolean>();
  const verify: typeof verifySignature = (key, method, message, signature) => {
    const hash = createHash('sha256').update(key.value).update(message).update(signature).digest('base64');
    const name = `${key.keyType} ${method} ${hash}`;
    const verdict = known.get(name) ?? original.verifySignature(key, method, message, signature);
    known.set(name, verdict);
    return verdict;
  };
  return { verifySignature: verify };
});

const steps = 20;
const histories = runs(2_000);
/** Publications of a collection; histories with the same one differ in what the server makes of it. */
const states = steps + 2;
const collections = Math.min(80, histories);

const archives: readonly Archive[] = Array.from({ length: collections }, (_, number) =>
  archive(publishedStates(states, new Random('publications', number))),
);

const types = new Map([
  ['root', 'Root'],
  ['timestamp', 'Timestamp'],
  ['snapshot', 'Snapshot'],
]);

function versionOf(role: string, bytes: Uint8Array): number {
  return parseCommon(parseEnvelope(bytes).signed, role, types.get(role) ?? 'Targets').version;
}

/** Whose signature a file carries; roots go up whoever signs them. */
function signersOf(role: string, bytes: Uint8Array): string {
  return role === 'root'
    ? 'anybody'
    : parseEnvelope(bytes)
        .signatures.map(({ keyId }) => keyId)
        .join();
}

/** One reader through a history: what has been kept so far, and the newest state that was believed. */
class Reader {
  readonly #archive: Archive;
  readonly #server: ReplayingServer;
  readonly #ports: Parameters<typeof update>[0];
  readonly #files: Map<string, Uint8Array>;
  #floors = new Map<string, { readonly version: number; readonly signers: string }>();
  #state = -1;
  #message = '';

  constructor(from: Archive, server: ReplayingServer) {
    const somebody = actor(
      { http: { send: neverAsked, close: neverAsked }, url: 'https://notary.test' },
      memoryClock(),
      forgedGun,
    );
    this.#archive = from;
    this.#server = server;
    this.#files = somebody.cache.files;
    this.#ports = { ...somebody, remote: { ...somebody.remote, get: server.get, location: server.location } };
  }

  get state(): number {
    return this.#state;
  }

  /** Updates; undefined when it was refused. What a server with keys makes up is no state of any time. */
  async update({ forged = false } = {}): Promise<Updated | undefined> {
    let loaded: Updated | undefined;
    try {
      loaded = await update(this.#ports);
    } catch (error) {
      if (!isNotaryError(error)) throw error;
      this.#message = `${error.code}: ${error.message}`;
    }
    this.#checkKept();
    if (loaded !== undefined && !forged) this.#checkBelieved(loaded);
    return loaded;
  }

  async mustUpdate(): Promise<void> {
    const loaded = await this.update();
    if (loaded === undefined) throw new Error(`an honest server was refused: ${this.#message}`);
    if (this.#state !== this.#server.now)
      throw new Error(`state ${this.#state} was believed in place of ${this.#server.now}`);
  }

  /** Versions never fall under the same keys, whatever was refused afterwards. */
  #checkKept(): void {
    for (const [role, bytes] of this.#files) {
      const version = versionOf(role, bytes);
      const signers = signersOf(role, bytes);
      const floor = this.#floors.get(role);
      if (floor?.signers === signers && version < floor.version)
        throw new Error(`${role} fell from version ${floor.version} to ${version}`);
      this.#floors.set(role, { version, signers });
    }
  }

  /** What is believed is what was published at one time, and never at an earlier time than before. */
  #checkBelieved(loaded: Updated): void {
    const isState = (at: number) => {
      const state = this.#archive.states[at]?.files;
      const same = (role: string, bytes: Uint8Array | undefined) =>
        bytes !== undefined && Buffer.compare(state?.get(role) ?? Buffer.alloc(0), bytes) === 0;
      const roles = [...(state?.keys() ?? [])].filter((role) => role.startsWith('targets'));
      return (
        same('root', loaded.root.envelope.bytes) &&
        same('timestamp', loaded.timestamp?.envelope.bytes) &&
        same('snapshot', loaded.snapshot?.envelope.bytes) &&
        roles.length === loaded.targets.size &&
        roles.every((role) => same(role, loaded.targets.get(role)?.envelope.bytes))
      );
    };
    const state = this.#archive.states.findIndex((_, at) => isState(at));
    if (state < 0) throw new Error('something was believed that was never published');
    if (state < this.#state) throw new Error(`state ${state} was believed after state ${this.#state}`);
    this.#state = state;
  }
}

async function neverAsked(): Promise<never> {
  throw new Error('no request was expected');
}

describe('G11 random histories before a server that replays and mixes', () => {
  it(`a reader in ${histories} histories of ${steps} steps never goes back, and gets to the newest state in the end`, async () => {
    const count = { believed: 0, refused: 0 };
    await forCasesAsync('histories', histories, async (random, number) => {
      const collection = archives[number % collections];
      if (collection === undefined) throw new Error('no collection');
      const server = replayingServer(collection, random);
      const reader = new Reader(collection, server);
      for (let step = 0; step < steps; step++) {
        if (!random.oneIn(3)) server.now++;
        server.mood = random.pick(moods);
        if (server.mood === 'honest') await reader.mustUpdate();
        else count[(await reader.update()) === undefined ? 'refused' : 'believed']++;
      }
      server.mood = 'honest';
      await reader.mustUpdate();
    });
    expect(count.refused).toBeGreaterThan(histories);
    expect(count.believed).toBeGreaterThan(histories);
  });

  const forgedHistories = runs(300);

  it(`a server with the keys of snapshot and timestamp makes no reader go back behind what others have signed, in ${forgedHistories} histories`, async () => {
    let believed = 0;
    await forCasesAsync('forged histories', forgedHistories, async (random, number) => {
      const collection = archives[number % collections];
      if (collection === undefined) throw new Error('no collection');
      const server = replayingServer(collection, random);
      const reader = new Reader(collection, server);
      await reader.mustUpdate();
      for (let step = 0; step < steps; step++) {
        if (random.oneIn(2)) server.now++;
        server.mood = random.pick(forgersMoods);
        if ((await reader.update({ forged: true })) !== undefined) believed++;
      }
    });
    expect(believed).toBeGreaterThan(forgedHistories);
  });
});
