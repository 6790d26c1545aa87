/** Models snapshot.json and timestamp.json: which bytes of which role are current. */

import { hashLengths } from '../crypto/signatures/hash-lengths.ts';
import { fromBase64 } from '../encoding/bytes.ts';
import type { JsonObject, JsonValue } from '../encoding/json-value.ts';
import { type FileMeta, fileMetasToJson, parseFileMetas } from './file-meta.ts';
import { type Common, type Envelope, invalidMetadata, parseCommon, type Signed } from './signed.ts';

export interface Snapshot extends Common {
  /** Role name (without `.json`) to the record of its file. */
  readonly meta: ReadonlyMap<string, FileMeta>;
}

/** A timestamp has the shape of a snapshot and lists the snapshot only. */
export type Timestamp = Snapshot;

/** @throws NotaryError INVALID_METADATA, MALFORMED_JSON */
export function parseSnapshot(envelope: Envelope): Signed<Snapshot> {
  return parse(envelope, 'snapshot', 'Snapshot', ['root', 'targets']);
}

/** @throws NotaryError INVALID_METADATA, MALFORMED_JSON */
export function parseTimestamp(envelope: Envelope): Signed<Timestamp> {
  return parse(envelope, 'timestamp', 'Timestamp', ['snapshot']);
}

function parse(
  envelope: Envelope,
  role: string,
  type: string,
  required: readonly string[],
): Signed<Snapshot> {
  const common = parseCommon(envelope.signed, role, type);
  const meta = parseFileMetas(envelope.signed.get('meta'), `meta of ${role}`);
  for (const name of required) {
    const hashes = meta.get(name)?.hashes;
    if (hashes?.get('sha256') === undefined) {
      throw invalidMetadata(role, `missing ${name} sha256 checksum information`);
    }
    for (const [algorithm, length] of Object.entries(hashLengths)) {
      const hash = hashes.get(algorithm);
      if (hash !== undefined && fromBase64(hash)?.length !== length) {
        throw invalidMetadata(role, `invalid ${name} checksum information, ${algorithm} checksum invalid`);
      }
    }
  }
  return { envelope, content: { ...common, meta } };
}

export function snapshotToJson(snapshot: Snapshot): JsonObject {
  return toJson('Snapshot', snapshot);
}

export function timestampToJson(timestamp: Timestamp): JsonObject {
  return toJson('Timestamp', timestamp);
}

function toJson(type: string, content: Snapshot): JsonObject {
  return new Map<string, JsonValue>([
    ['_type', type],
    ['expires', content.expires],
    ['meta', fileMetasToJson(content.meta)],
    ['version', content.version],
  ]);
}
