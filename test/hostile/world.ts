/**
 * An honest collection, a reader or publisher of it in some state of knowledge, and whatever a server makes
 * of its answers: what must hold after each fault, said once.
 */

import { expect } from 'vitest';
import { publish } from '../../src/client/publish/publish.ts';
import { addTarget } from '../../src/client/stage/add-target.ts';
import { type Updated, update } from '../../src/client/update/update.ts';
import { equalBytes } from '../../src/encoding/bytes.ts';
import type { ErrorCode } from '../../src/error-codes.ts';
import { isNotaryError, NotaryError } from '../../src/errors.ts';
import { expiryFor } from '../../src/metadata/expiry.ts';
import { parseEnvelope, signedMessage } from '../../src/metadata/signed.ts';
import type { HttpClient, HttpRequest, HttpResponse } from '../../src/ports/http.ts';
import { fileMetaOf } from '../../src/tuf/checksums.ts';
import { collectTargets } from '../../src/tuf/target-walk.ts';
import { type Actor, actor } from '../support/actor.ts';
import { ForgedCollection } from '../support/forged-repository.ts';
import { days, memoryClock } from '../support/memory-ports.ts';

/** What somebody holds: nothing, what the server has, or what it had before its last publication. */
export type Knowledge = 'no cache' | 'a fresh cache' | 'a stale cache';
export const everyKnowledge: readonly Knowledge[] = ['no cache', 'a fresh cache', 'a stale cache'];
export type Verb = 'read' | 'publish';

export const delegations = ['targets/a', 'targets/a/b', 'targets/c'];
export const everyRole = ['root', 'timestamp', 'snapshot', 'targets', ...delegations];

export interface Answer {
  readonly status: number;
  readonly body: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers in place of the honest server, or leaves it to that one. Resources are without checksums. */
export type Fault = (resource: string, honest: Uint8Array | undefined) => Answer | Uint8Array | undefined;

export type Files = ReadonlyMap<string, Uint8Array>;

/** A server of files with a fault, which can be put right. */
export class FaultyServer {
  readonly url = 'https://notary.test';
  readonly uploads: Uint8Array[] = [];
  readonly asked: string[] = [];
  readonly http: HttpClient = { send: async (request) => this.#send(request), close: async () => undefined };
  files: Files;
  fault: Fault | undefined;

  constructor(files: Files, fault?: Fault) {
    this.files = files;
    this.fault = fault;
  }

  #send(request: HttpRequest): HttpResponse {
    const path = decodeURIComponent(new URL(request.url).pathname);
    const resource = /\/_trust\/tuf\/(.+)\.json$/.exec(path)?.[1]?.replace(/\.[0-9a-f]{64}$/, '') ?? path;
    if (request.method !== 'GET') {
      this.uploads.push(request.body ?? new Uint8Array());
      return { status: 503, headers: {}, body: new Uint8Array() };
    }
    this.asked.push(resource);
    const bytes = this.files.get(resource);
    const changed = this.fault?.(resource, bytes);
    const answer =
      changed === undefined || changed instanceof Uint8Array
        ? { status: 200, body: changed ?? bytes }
        : changed;
    if (answer.body === undefined) return { status: 404, headers: {}, body: new Uint8Array() };
    if (answer.status === 200 && answer.body.length > request.limit) throw tooLong();
    const headers = Object.entries(changed instanceof Uint8Array ? {} : (changed?.headers ?? {}));
    return {
      status: answer.status,
      headers: Object.fromEntries(headers.map(([name, value]) => [name, [value]])),
      body: answer.body,
    };
  }
}

function tooLong(): NotaryError {
  return new NotaryError('MALICIOUS_SERVER', 'trust server returned a bad response.');
}

const collection = new ForgedCollection({ delegations });
// As if all of it had been signed yesterday, so that it can be published on.
const yesterday = new Date(collection.now.getTime() - days(1));
for (const role of everyRole) collection.edit(role, ['expires'], expiryFor(role, yesterday));
collection.settle();
const before: Files = new Map(collection.files);
collection.raise();

/** The honest state, the one before, and everything that is needed to forge more. */
export const world = {
  collection,
  gun: collection.gun,
  now: collection.now,
  before,
  files: new Map(collection.files) as Files,
};

const owner = actor(new FaultyServer(world.files), memoryClock(world.now), world.gun);
await owner.cryptoService.add(collection.oneSigner('targets').key, 'targets', world.gun);
await owner.cryptoService.add(collection.oneSigner('snapshot').key, 'snapshot', world.gun);

export interface Somebody {
  readonly who: Actor;
  readonly server: FaultyServer;
}

/** Somebody who has the keys of the collection and knows this much of it. */
export function somebody(knowledge: Knowledge, fault?: Fault, files: Files = world.files): Somebody {
  const server = new FaultyServer(files, fault);
  const who = { ...actor(server, memoryClock(world.now), world.gun), cryptoService: owner.cryptoService };
  const held = knowledge === 'a fresh cache' ? world.files : world.before;
  if (knowledge !== 'no cache') {
    for (const role of everyRole) who.cache.files.set(role, held.get(role) ?? new Uint8Array());
  }
  return { who, server };
}

/** Everything that a reader gets to see. */
export function seenBy({ root, timestamp, snapshot, targets }: Updated): string {
  const contents = new Map([...targets].map(([role, { content }]) => [role, content]));
  const listed = collectTargets(contents, []).map(({ name, role, meta }) => [
    name,
    role,
    meta.length,
    [...meta.hashes],
  ]);
  const versions = [root, timestamp, snapshot, ...targets.values()].map((file) => file?.content.version);
  return JSON.stringify([listed, versions]);
}

export type Outcome = { readonly seen: string } | { readonly error: NotaryError };

/** Reads or publishes; a publication is followed up to its upload, which fails. */
export async function attempt({ who, server }: Somebody, verb: Verb): Promise<Outcome> {
  try {
    if (verb === 'read') return { seen: seenBy(await update(who)) };
    await addTarget(who, { name: 'new', meta: fileMetaOf(Buffer.from('new')), roles: ['targets'] });
    await publish(who);
    throw new Error('the upload should have failed');
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    const [upload] = server.uploads;
    return upload === undefined ? { error } : { seen: uploaded(upload) };
  }
}

/** Which files an upload has, in which versions. */
function uploaded(body: Uint8Array): string {
  const text = Buffer.from(body).toString();
  return JSON.stringify(
    [...text.matchAll(/filename="([^"]+)"|"version":(\d+)/g)].map(([, file, version]) => file ?? version),
  );
}

const views = new Map<string, Promise<string>>();

/** What the same person gets from an honest server. */
export function honestly(knowledge: Knowledge, verb: Verb): Promise<string> {
  const key = `${verb} with ${knowledge}`;
  const view = views.get(key) ?? look(knowledge, verb);
  views.set(key, view);
  return view;
}

async function look(knowledge: Knowledge, verb: Verb): Promise<string> {
  const outcome = await attempt(somebody(knowledge), verb);
  if ('error' in outcome) throw outcome.error;
  return outcome.seen;
}

/** One line that says what it is about, as plain text. */
export function expectClear(error: NotaryError, role?: string): void {
  expect(error.message).toMatch(/^[^\p{Cc}]+$/u);
  expect(error.hint ?? '').toMatch(/^[^\p{Cc}]*$/u);
  const told = `${error.message} ${error.hint ?? ''} ${JSON.stringify(error.details)}`;
  expect(told).toContain(world.gun);
  if (role !== undefined) expect(told).toContain(role);
}

const sameContent = (one: Uint8Array, other: Uint8Array) =>
  equalBytes(signedMessage(parseEnvelope(one).signed), signedMessage(parseEnvelope(other).signed));

/** Each cached file is the one that was there, or says what the honest one says; `role` is as it was. */
export function expectCacheSound(who: Actor, held: Files, role?: string): void {
  for (const [name, bytes] of who.cache.files) {
    const old = held.get(name);
    const honest = world.files.get(name);
    const kept = old !== undefined && equalBytes(old, bytes);
    expect([name, kept || (honest !== undefined && sameContent(honest, bytes))]).toEqual([name, true]);
  }
  for (const name of held.keys()) expect([name, who.cache.files.has(name)]).toEqual([name, true]);
  if (role !== undefined) expect([role, who.cache.files.get(role)]).toEqual([role, held.get(role)]);
}

export interface Expectation {
  /** A code for a refusal, or the same as from an honest server. */
  readonly outcome: ErrorCode | 'the same';
  /** The role whose file is at fault: named in the error, and unchanged in the cache. */
  readonly role?: string;
}

/** The universal outcome of a fault, and that an honest server is believed right afterwards. */
export async function expectOutcome(
  fault: Fault,
  knowledge: Knowledge,
  verb: Verb,
  { outcome, role }: Expectation,
): Promise<void> {
  const one = somebody(knowledge, fault);
  const { who, server } = one;
  const held = new Map(who.cache.files);
  const found = await attempt(one, verb);
  if (outcome === 'the same') {
    if ('error' in found) throw found.error;
    expect(found.seen).toBe(await honestly(knowledge, verb));
  } else {
    if ('seen' in found) throw new Error(`believed: ${found.seen}`);
    expect(found.error.code).toBe(outcome);
    expectClear(found.error, role);
    expect(server.uploads).toEqual([]);
    expectCacheSound(who, held, role === 'root' && knowledge === 'no cache' ? undefined : role);
    if (verb === 'publish') expect(who.changelist.changes.size).toBe(1);
  }
  await expectHonestAgain(one);
}

/** With an honest server the same person sees what everybody sees. */
export async function expectHonestAgain({ who, server }: Somebody): Promise<void> {
  server.fault = undefined;
  server.files = world.files;
  expect(seenBy(await update(who))).toBe(await honestly('no cache', 'read'));
}
