/** What a server really serves, fetched plainly: is the collection whole? */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import type { Stage } from './stage.ts';

/** GETs a path of the server; throws unless the status is 200. */
export function fetchBytes(stage: Stage, path: string): Promise<Buffer> {
  const ca = readFileSync(stage.certificates.caCertificate);
  return new Promise((resolve, reject) => {
    const call = request(new URL(path, stage.server.url), { ca, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        if (response.statusCode === 200) resolve(Buffer.concat(chunks));
        else reject(new Error(`GET ${path}: ${response.statusCode}`));
      });
    });
    call.on('error', reject);
    call.end();
  });
}

interface SignedFile {
  readonly signed: {
    readonly version: number;
    readonly meta: Readonly<Record<string, { readonly hashes: { readonly sha256: string } }>>;
  };
}

const hex = (base64: string): string => Buffer.from(base64, 'base64').toString('hex');
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/**
 * Fetches timestamp, snapshot and every role that the snapshot names, and compares every hash with the
 * bytes served.
 *
 * @returns the version of each role
 */
export async function expectWhole(stage: Stage, gun: string): Promise<Record<string, number>> {
  const base = `/v2/${gun}/_trust/tuf/`;
  const timestamp = JSON.parse((await fetchBytes(stage, `${base}timestamp.json`)).toString()) as SignedFile;
  const snapshotHash = hex(timestamp.signed.meta['snapshot']?.hashes.sha256 ?? '');
  const snapshotBytes = await fetchBytes(stage, `${base}snapshot.${snapshotHash}.json`);
  if (sha256(snapshotBytes) !== snapshotHash) throw new Error('the snapshot is not what the timestamp names');
  const snapshot = JSON.parse(snapshotBytes.toString()) as SignedFile;
  const versions: Record<string, number> = { snapshot: snapshot.signed.version };
  for (const [role, { hashes }] of Object.entries(snapshot.signed.meta)) {
    const bytes = await fetchBytes(stage, `${base}${role}.${hex(hashes.sha256)}.json`);
    if (sha256(bytes) !== hex(hashes.sha256)) throw new Error(`${role} is not what the snapshot names`);
    versions[role] = (JSON.parse(bytes.toString()) as SignedFile).signed.version;
  }
  return versions;
}

/**
 * What is signed in the served metadata of a collection, role by role: the bytes without the time of
 * expiry; of root and snapshot only what does not hang on keys and hashes that each collection has of its
 * own. Each with the methods of its signatures.
 */
export async function servedContent(stage: Stage, gun: string): Promise<Record<string, unknown>> {
  const content: Record<string, unknown> = {};
  for (const role of Object.keys(await expectWhole(stage, gun))) {
    const text = (await fetchBytes(stage, `/v2/${gun}/_trust/tuf/${role}.json`)).toString();
    const signed = text
      .slice(0, text.lastIndexOf(',"signatures":'))
      .replace(/"expires":"[^"]*"/, '')
      // Go writes an emptied list as null, and both forms are read as empty.
      .replace(/"(keyids|roles)":null/g, '"$1":[]');
    content[role] = {
      signed: role === 'root' ? rootOutline(text) : role === 'snapshot' ? snapshotOutline(text) : signed,
      signatures: text.match(/"method":"[^"]*"/g),
    };
  }
  return content;
}

interface RootFile {
  readonly signed: {
    readonly version: number;
    readonly consistent_snapshot: boolean;
    readonly keys: Readonly<Record<string, { readonly keytype: string }>>;
    readonly roles: Readonly<Record<string, { readonly keyids: string[]; readonly threshold: number }>>;
  };
}

function rootOutline(text: string) {
  const { version, consistent_snapshot, keys, roles } = (JSON.parse(text) as RootFile).signed;
  const keyTypes = Object.values(keys).map(({ keytype }) => keytype);
  const counts = Object.entries(roles).map(([role, { keyids, threshold }]) => [
    ...[role, threshold],
    ...keyids.map((id) => keys[id]?.keytype),
  ]);
  return { version, consistent_snapshot, keyTypes: keyTypes.sort(), counts };
}

function snapshotOutline(text: string) {
  const { version, meta } = (JSON.parse(text) as SignedFile).signed;
  return { version, roles: Object.keys(meta) };
}
