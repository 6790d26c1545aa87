/**
 * Handles a request to the Notary server: one request in, one reply out (Notary 0.7.0, without authentication and
 * metrics).
 *
 * Stricter than the Go server where that one accepts what two readers may read differently: repeated member names,
 * lone surrogates and member names in another case make an upload malformed. Laxer in that an integer may be
 * written as 2.0. An upload that ends early is malformed; the Go server crashes on it.
 */

import { utf8 } from '../../encoding/bytes.ts';
import type { JsonValue } from '../../encoding/json-value.ts';
import { isNotaryError } from '../../errors.ts';
import { parseRoot } from '../../metadata/root.ts';
import { parseEnvelope } from '../../metadata/signed.ts';
import { currentFiles } from '../rules/sign-snapshot.ts';
import { validateUpdate } from '../rules/validate-update.ts';
import type { NotaryServer } from '../server.ts';
import { createKey, findOrCreateKey, keyJson } from '../store/server-keys.ts';
import { isStoreFailure, type StoredFile } from '../store/store.ts';
import { changeFeed } from './change-feed.ts';
import { noFields, notFound, refusal, rejection } from './errors.ts';
import { bare, done, json, noPage, type ServerReply, type ServerRequest, text } from './messages.ts';
import { readUpload } from './read-upload.ts';
import { type FileRoute, type KeyRoute, type Route, route } from './routes.ts';

/**
 * Answers a request; every failure that a request can cause is a reply, not an error.
 *
 * @throws NotaryError for which `isStoreFailure` holds
 */
export async function handle(server: NotaryServer, request: ServerRequest): Promise<ServerReply> {
  const asked = route(request.method, request.path);
  const reply = refusedGun(server, asked) ?? (await answerOrFail(server, asked, request));
  return request.method === 'HEAD' ? { ...reply, body: new Uint8Array() } : reply;
}

function refusedGun({ gunPrefixes = [] }: NotaryServer, asked: Route): ServerReply | undefined {
  if (gunPrefixes.length === 0 || !('gun' in asked) || asked.gun === '') return undefined;
  if (gunPrefixes.some((prefix) => asked.gun.startsWith(prefix))) return undefined;
  return asked.kind === 'update'
    ? refusal('INVALID_GUN', `Require GUNs with prefix: [${gunPrefixes.join(' ')}]`)
    : refusal('METADATA_NOT_FOUND');
}

/** Stored metadata that cannot be read or signed any more is the server's failure. */
async function answerOrFail(
  server: NotaryServer,
  asked: Route,
  request: ServerRequest,
): Promise<ServerReply> {
  try {
    return await answer(server, asked, request);
  } catch (error) {
    if (isNotaryError(error) && !isStoreFailure(error)) return refusal('UNKNOWN', noFields);
    throw error;
  }
}

async function answer(server: NotaryServer, asked: Route, request: ServerRequest): Promise<ServerReply> {
  switch (asked.kind) {
    case 'ping':
      return text(utf8('{}'));
    case 'health':
      return { ...text(utf8('{}')), headers: { 'content-type': json } };
    case 'update':
      return update(server, asked.gun, request);
    case 'delete':
      await server.store.remove(asked.gun, server.clock.now());
      return done;
    case 'file':
      return file(server, asked);
    case 'key':
      return key(server, asked);
    case 'changes':
      return changeFeed(await server.store.changes(), asked.gun, asked.query);
    case 'redirect':
      return bare(301, { location: asked.location });
    case 'options':
      return done;
    case 'method not allowed':
      return bare(405);
    case 'bad request':
      return { ...text(utf8('400 Bad Request')), status: 400 };
    case 'no page':
      return noPage;
    case 'not found':
      return refusal('METADATA_NOT_FOUND');
  }
}

async function update(server: NotaryServer, gun: string, request: ServerRequest): Promise<ServerReply> {
  const upload = readUpload(request);
  if (upload.refused !== undefined) return upload.refused;
  try {
    const files = await validateUpdate(server, gun, upload.files);
    const outcome = await server.store.update(gun, files, server.clock.now());
    return outcome === 'stored' ? done : refusal('VERSION', noFields);
  } catch (error) {
    if (isNotaryError(error) && !isStoreFailure(error)) return rejection(error);
    throw error;
  }
}

const maxInt64 = 2n ** 63n - 1n;

/** The error of Go's `strconv.Atoi`, serialised. */
function tooLarge(digits: string): JsonValue {
  return new Map<string, JsonValue>([
    ['Func', 'Atoi'],
    ['Num', digits],
    ['Err', noFields],
  ]);
}

async function file(server: NotaryServer, asked: FileRoute): Promise<ServerReply> {
  const { checksum, version } = asked;
  const exact = checksum !== undefined || version !== undefined;
  if (version !== undefined && BigInt(version) > maxInt64)
    return refusal('METADATA_NOT_FOUND', tooLarge(version));
  const found = await find(server, asked);
  if (found === undefined) return notFound();
  return text(found.bytes, {
    'cache-control': exact
      ? 'public, max-age=2592000, s-maxage=2592000'
      : 'public, max-age=300, s-maxage=300, must-revalidate',
    // Notary names the zone UTC, where HTTP wants GMT.
    'last-modified': found.storedAt.toUTCString().replace(/GMT$/, 'UTC'),
  });
}

async function find(server: NotaryServer, asked: FileRoute): Promise<StoredFile | undefined> {
  const { gun, role, checksum, version } = asked;
  if (checksum !== undefined) return server.store.byChecksum(gun, role, checksum);
  if (version !== undefined) return server.store.byVersion(gun, role, Number(version));
  if (role === 'timestamp' || role === 'snapshot') return (await currentFiles(server, gun))?.[role];
  return server.store.current(gun, role);
}

async function key(server: NotaryServer, { gun, role, rotate }: KeyRoute): Promise<ServerReply> {
  if (rotate) return text(keyJson(await createKey(server)));
  const stored = await server.store.current(gun, 'root');
  const root = stored && parseRoot(parseEnvelope(stored.bytes)).content;
  return text(keyJson(await findOrCreateKey(server, root, role)));
}
