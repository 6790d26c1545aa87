/** One GUN on one server, genuine or ours, and the record of what was asked and answered. */

import { request } from 'node:https';
import type { PublicKey } from '../../src/crypto/keys/public-key.ts';
import { digest } from '../../src/crypto/signatures/digest.ts';
import { toHex } from '../../src/encoding/bytes.ts';
import { asObject, readJson } from '../../src/encoding/json.ts';
import type { JsonValue } from '../../src/encoding/json-value.ts';
import { parsePublicKey } from '../../src/metadata/key.ts';
import { parseEnvelope } from '../../src/metadata/signed.ts';
import { parseSnapshot } from '../../src/metadata/snapshot.ts';
import { handle } from '../../src/server/http/handle-request.ts';
import type { NotaryServer } from '../../src/server/server.ts';
import { sha256Hex } from '../../src/tuf/checksums.ts';
import { type UploadPart, upload } from './metadata-author.ts';

export interface Reply {
  /** 0 when the connection was closed without an answer. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** What the record calls the request, where method and path do not say what is special about it. */
  readonly as?: string;
}

/** Something that answers as a Notary server does. */
export type Subject = (asked: Asked) => Promise<Reply>;

export function ourSubject(server: NotaryServer): Subject {
  return ({ method, path, headers = {}, body = new Uint8Array() }) =>
    handle(server, { method, path, headers, body });
}

/** The path goes out as it is, unlike with clients that tidy it; each request over a connection of its own. */
export function httpsSubject(port: number, ca: Uint8Array): Subject {
  return ({ method, path, headers = {}, body = new Uint8Array() }) =>
    new Promise((resolve, reject) => {
      const length = body.length === 0 && method === 'GET' ? {} : { 'content-length': String(body.length) };
      const options = { host: 'localhost', port, method, path, ca: Buffer.from(ca) };
      const outgoing = request({ ...options, headers: { ...headers, ...length } }, (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const kept = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]);
          resolve({
            status: incoming.statusCode ?? 0,
            headers: Object.fromEntries(kept) as Record<string, string>,
            body: Buffer.concat(chunks),
          });
        });
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
}

/** A request and its answer with keys, times, signatures and hashes replaced by words. */
export interface Exchange {
  readonly asked: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the transport adds. */
const ofTransport = new Set(['connection', 'content-length', 'date', 'keep-alive', 'transfer-encoding']);

/** Headers that a server sends by its own rules, with the time of storing blanked out. */
function comparedHeaders(headers: Reply['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => !ofTransport.has(name))
      .map(([name, value]) => [name, value.replace(/\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d/, '<time>')]),
  );
}

function normal(text: string): string {
  return text
    .replace(/[0-9a-f]{64}/g, '<id>')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[-+]\d\d:\d\d)/g, '<time>')
    .replace(/"(public|sig|sha256|sha512)":"[A-Za-z0-9+/=]+"/g, '"$1":"<bytes>"')
    .replace(/"length":\d+/g, '"length":<number>')
    .replace(/"ID":"\d+"/g, '"ID":"<number>"')
    .replace(/(?<="keys":\{)(?:,?"<id>":\{[^{}]*\{[^{}]*\}\})+/g, sortedKeys);
}

/** Keys lie in the order of their IDs, which differs where keys do. */
function sortedKeys(keys: string): string {
  return (keys.match(/"<id>":\{[^{}]*\{[^{}]*\}\}/g) ?? []).sort().join(',');
}

export class Session {
  readonly gun: string;
  readonly exchanges: Exchange[];
  readonly #subject: Subject;
  readonly #shared: Map<string, unknown>;

  /** @param shared what scenarios make once for both servers */
  constructor(subject: Subject, gun: string, shared: Map<string, unknown>, exchanges: Exchange[] = []) {
    this.#subject = subject;
    this.exchanges = exchanges;
    this.gun = gun;
    this.#shared = shared;
  }

  /** The same value on every server: keys and files that must not differ. */
  once<T>(name: string, make: () => T): T {
    if (!this.#shared.has(name)) this.#shared.set(name, make());
    return this.#shared.get(name) as T;
  }

  async send(asked: Asked): Promise<Reply> {
    const reply = await this.#subject(asked);
    this.exchanges.push({
      asked: normal(asked.as ?? `${asked.method} ${asked.path}`),
      status: reply.status,
      headers: comparedHeaders(reply.headers),
      body: normal(Buffer.from(reply.body).toString()),
    });
    return reply;
  }

  /** @param resource what follows `/_trust/tuf/` */
  ask(method: string, resource: string): Promise<Reply> {
    return this.send({ method, path: `/v2/${this.gun}/_trust/tuf/${resource}` });
  }

  post(parts: readonly UploadPart[], as?: string): Promise<Reply> {
    const path = `/v2/${this.gun}/_trust/tuf/`;
    return this.send({ method: 'POST', path, ...upload(parts), ...(as === undefined ? {} : { as }) });
  }

  /** Uploads files by role. */
  publish(files: Readonly<Record<string, Uint8Array>>, as?: string): Promise<Reply> {
    return this.post(
      Object.entries(files).map(([filename, bytes]) => ({ filename, bytes })),
      as,
    );
  }

  /** A session for another GUN whose exchanges go into the record of this one. */
  elsewhere(gun: string): Session {
    return new Session(this.#subject, gun, this.#shared, this.exchanges);
  }

  /** Reads the current files by their names. */
  async glance(): Promise<void> {
    for (const role of ['timestamp', 'snapshot', 'root', 'targets']) await this.ask('GET', `${role}.json`);
  }

  async serverKey(role: 'timestamp' | 'snapshot', method = 'GET'): Promise<PublicKey> {
    return parsePublicKey(readJson((await this.ask(method, `${role}.key`)).body));
  }

  /**
   * Records what a client would find: versions, roles, hashes of files that are the same on both
   * servers, and whether each file can be read by the hash that the snapshot has of it.
   */
  async look(): Promise<void> {
    const timestamp = parseEnvelope((await this.ask('GET', 'timestamp.json')).body);
    const bytes = (await this.ask('GET', 'snapshot.json')).body;
    const snapshot = parseSnapshot(parseEnvelope(bytes)).content;
    const named = asObject(asObject(timestamp.signed.get('meta'), 'meta').get('snapshot'), 'snapshot');
    const found: Record<string, JsonValue> = {
      timestamp: timestamp.signed.get('version') ?? null,
      snapshot: snapshot.version,
      snapshotHash: asObject(named.get('hashes'), 'hashes').get('sha256') === base64Sha256(bytes),
    };
    for (const role of [...snapshot.meta.keys()].sort()) {
      const meta = snapshot.meta.get(role);
      const hash = (meta && sha256Hex(meta)) ?? '';
      const { status } = await this.ask('GET', `${role}.${hash}.json`);
      found[role] = `${status}${role === 'root' ? '' : ` ${hash} ${meta?.length ?? ''}`}`;
    }
    this.exchanges.push({ asked: 'look', status: 0, headers: {}, body: JSON.stringify(found) });
  }

  /** The last answer in short: status, code, detail. */
  get end(): string {
    const { status, body, asked } = this.exchanges.at(-1) ?? { status: 0, body: '', asked: '' };
    return asked === 'look' ? body.replace(/[0-9a-f]{64} \d+/g, '<hash>') : `${status}${summary(body)}`;
  }
}

function base64Sha256(bytes: Uint8Array): string {
  return Buffer.from(toHex(digest('sha256', bytes)), 'hex').toString('base64');
}

function summary(body: string): string {
  if (!body.startsWith('{"errors":')) return '';
  const { errors } = JSON.parse(body) as {
    errors: { code: string; detail?: { Name?: string; Error?: { Msg: string } } | string }[];
  };
  const { code, detail } = errors[0] ?? { code: '' };
  if (typeof detail === 'string') return ` ${code} ${detail}`;
  return detail?.Name === undefined ? ` ${code}` : ` ${detail.Name}: ${detail.Error?.Msg ?? ''}`;
}
