/** What a server really serves, fetched plainly: is the collection whole? */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import type { Stage } from '../support/genuine/stage.ts';

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
