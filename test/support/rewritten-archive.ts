/** Writes an archive anew with other records, whose manifests and index agree with them: what a careful forger makes. */

import { createHash } from 'node:crypto';
import {
  blobFolder,
  encodeIndex,
  indexName,
  layoutBytes,
  layoutName,
  manifestOf,
  parseIndex,
  recordBlobOf,
} from '../../src/archive/image-layout.ts';
import { encodeRecord, parseRecord, type RepositoryRecord } from '../../src/archive/repository-record.ts';
import { entriesOf, tarOf } from './tar-file.ts';

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** @param change what becomes of each record; the metadata files stay as they are */
export function rewrittenArchive(
  tar: Buffer,
  change: (record: RepositoryRecord) => RepositoryRecord,
): Buffer {
  const files = new Map(entriesOf(tar).map(({ name, content }) => [name, content]));
  const read = (name: string) => {
    const bytes = files.get(name);
    if (bytes === undefined) throw new Error(`the archive has no ${name}`);
    return bytes;
  };
  const blobs = new Map<string, Uint8Array>();
  const keep = (bytes: Uint8Array) => {
    const sha256 = hashOf(bytes);
    blobs.set(sha256, bytes);
    return { sha256, size: bytes.length };
  };
  const entries = parseIndex(read(indexName)).map(({ sha256 }) => {
    const blob = recordBlobOf(read(`${blobFolder}/${sha256}`));
    if (blob === undefined) throw new Error(`${sha256} is no manifest of a repository`);
    const record = change(parseRecord(read(`${blobFolder}/${blob.sha256}`)));
    for (const file of record.files) keep(read(`${blobFolder}/${file.sha256}`));
    return { gun: record.gun, manifest: keep(manifestOf(record, keep(encodeRecord(record)))) };
  });
  const contents = [...blobs].sort(([one], [other]) => (one < other ? -1 : 1));
  return tarOf([
    ...contents.map(([sha256, content]) => ({ name: `${blobFolder}/${sha256}`, content })),
    { name: indexName, content: encodeIndex(entries) },
    { name: layoutName, content: layoutBytes },
  ]);
}
