import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/encoding/canonical-json.ts';
import type { JsonObject, JsonValue } from '../../src/encoding/json-value.ts';
import { buildEnvelope } from '../../src/metadata/signed.ts';
import {
  parseSnapshot,
  parseTimestamp,
  snapshotToJson,
  timestampToJson,
} from '../../src/metadata/snapshot.ts';
import { fileMetaOf } from '../../src/tuf/checksums.ts';
import { mapped } from '../support/json-documents.ts';
import { edited, snapshotContent } from '../support/metadata-author.ts';
import { refusal } from '../support/refusal.ts';

const bytes = Buffer.from('file');
const snapshot = snapshotContent({
  version: 4,
  files: { root: bytes, targets: bytes, 'targets/releases': bytes },
});
const timestamp = timestampToJson({
  version: 9,
  expires: '2049-01-01T00:00:00Z',
  meta: new Map([['snapshot', fileMetaOf(bytes)]]),
});
const readers = {
  snapshot: (signed: JsonObject) => parseSnapshot(buildEnvelope(signed, [])).content,
  timestamp: (signed: JsonObject) => parseTimestamp(buildEnvelope(signed, [])).content,
};

describe('a snapshot and a timestamp', () => {
  it('a snapshot and a timestamp are read and written again as they were', () => {
    expect(canonicalJson(snapshotToJson(readers.snapshot(snapshot)))).toBe(canonicalJson(snapshot));
    expect(canonicalJson(timestampToJson(readers.timestamp(timestamp)))).toBe(canonicalJson(timestamp));
    expect([...readers.snapshot(snapshot).meta.keys()]).toEqual(['root', 'targets', 'targets/releases']);
  });

  it('a snapshot and a timestamp are not taken for each other', () => {
    expect(() => readers.snapshot(timestamp)).toThrow(
      refusal('INVALID_METADATA', 'snapshot type metadata invalid: expected type Snapshot, not Timestamp'),
    );
    expect(() => readers.timestamp(snapshot)).toThrow(
      refusal('INVALID_METADATA', 'timestamp type metadata invalid: expected type Timestamp, not Snapshot'),
    );
  });

  const rows = [
    ['root in the snapshot', 'snapshot', snapshot, 'root'],
    ['targets in the snapshot', 'snapshot', snapshot, 'targets'],
    ['snapshot in the timestamp', 'timestamp', timestamp, 'snapshot'],
  ] as const;
  const short = (length: number) => Buffer.alloc(length, 1).toString('base64');

  it.each(rows)('a snapshot and a timestamp need a sha256: %s', (_, role, sound, name) => {
    const read = (path: readonly string[], value: JsonValue | undefined) => () =>
      readers[role](edited(sound, ['meta', name, ...path], value));
    const missing = refusal(
      'INVALID_METADATA',
      `${role} type metadata invalid: missing ${name} sha256 checksum information`,
    );
    expect(read(['hashes', 'sha256'], undefined)).toThrow(missing);
    expect(read(['hashes'], null)).toThrow(missing);
    expect(() => readers[role](edited(sound, ['meta', name], undefined))).toThrow(missing);
    expect(() => readers[role](edited(sound, ['meta'], null))).toThrow(
      refusal('INVALID_METADATA', /: missing /),
    );
    expect(read(['hashes', 'sha512'], undefined)).not.toThrow();
  });

  it.each(rows)('a snapshot and a timestamp need hashes of the right length: %s', (_, role, sound, name) => {
    const read = (algorithm: string, value: string) => () =>
      readers[role](edited(sound, ['meta', name, 'hashes', algorithm], value));
    for (const [algorithm, length] of [
      ['sha256', 32],
      ['sha512', 64],
    ] as const) {
      const wrong = refusal(
        'INVALID_METADATA',
        `${role} type metadata invalid: invalid ${name} checksum information, ${algorithm} checksum invalid`,
      );
      for (const other of [0, 1, length - 1, length + 1])
        expect(read(algorithm, short(other))).toThrow(wrong);
      expect(read(algorithm, short(length))).not.toThrow();
    }
    expect(read('md5', short(3))).not.toThrow();
  });

  it('a snapshot and a timestamp refuse records that are none', () => {
    for (const [, role, sound, name] of rows) {
      for (const value of [null, [], 'text', mapped({ hashes: {} }), mapped({ length: '1' })]) {
        expect(() => readers[role](edited(sound, ['meta', name], value))).toThrow(refusal('MALFORMED_JSON'));
      }
      expect(() => readers[role](edited(sound, ['meta'], []))).toThrow(
        refusal('MALFORMED_JSON', `meta of ${role} is not an object`),
      );
    }
  });
});
