/**
 * Writes and reads the OCI image layout of an archive (OCI Image Format Specification 1.1): `oci-layout`, `index.json`
 * and blobs by their SHA-256. Each repository is an artifact: a manifest whose configuration is its record, and whose
 * layers are its metadata files, so that registries and their tools can carry the archive.
 */

import { compareUtf8, equalBytes } from '../encoding/bytes.ts';
import { asArray, asInteger, asObject, asString, readJson } from '../encoding/json.ts';
import { canonicalBytes } from '../encoding/rfc8785.ts';
import type { JsonData } from '../encoding/to-plain-json.ts';
import { isNotaryError } from '../errors.ts';
import { archiveInvalid } from './archive-invalid.ts';
import { parseDigest, type RepositoryRecord } from './repository-record.ts';

/** Names of files in an archive. */
export const layoutName = 'oci-layout';
export const indexName = 'index.json';
export const blobFolder = 'blobs/sha256';

/** Types of blobs. */
export const mediaTypes = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  record: 'application/vnd.tsnotary.archive.repository.v1+json',
  metadata: 'application/vnd.tsnotary.metadata.v1+json',
} as const;

const artifactType = 'application/vnd.tsnotary.archive.v1';
const referenceName = 'org.opencontainers.image.ref.name';

/** A blob by its content. */
export interface Blob {
  /** SHA-256, 64 hex digits. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/** The content of `oci-layout`. */
export const layoutBytes = canonicalBytes({ imageLayoutVersion: '1.0.0' });

/** The manifest of a repository: it follows from the record alone. */
export function manifestOf(record: RepositoryRecord, recordBlob: Blob): Uint8Array {
  const sizes = new Map(record.files.map(({ sha256, size }) => [sha256, size]));
  const layers = [...sizes]
    .sort(([one], [other]) => compareUtf8(one, other))
    .map(([sha256, size]) => descriptor(mediaTypes.metadata, { sha256, size }));
  return canonicalBytes({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    artifactType,
    config: descriptor(mediaTypes.record, recordBlob),
    layers,
  });
}

function descriptor(mediaType: string, { sha256, size }: Blob): Record<string, JsonData> {
  return { mediaType, digest: `sha256:${sha256}`, size };
}

/** What `index.json` says of a repository. */
export interface IndexEntry {
  readonly gun: string;
  readonly manifest: Blob;
}

/** The content of `index.json`; entries are sorted by GUN. */
export function encodeIndex(entries: readonly IndexEntry[]): Uint8Array {
  const manifests = [...entries]
    .sort((one, other) => compareUtf8(one.gun, other.gun))
    .map(({ gun, manifest }) => ({
      ...descriptor(mediaTypes.manifest, manifest),
      artifactType,
      ...(isReference(gun) && { annotations: { [referenceName]: gun } }),
    }));
  return canonicalBytes({ schemaVersion: 2, mediaType: mediaTypes.index, manifests });
}

/** True for what the specification allows as a name in `index.json`. */
function isReference(gun: string): boolean {
  return /^[A-Za-z0-9]+(?:(?:[-._:@+]|--)[A-Za-z0-9]+)*(?:\/[A-Za-z0-9]+(?:(?:[-._:@+]|--)[A-Za-z0-9]+)*)*$/.test(
    gun,
  );
}

/** The manifests that `index.json` lists. @throws NotaryError ARCHIVE_INVALID */
export function parseIndex(bytes: Uint8Array): readonly Blob[] {
  return reading('index.json', () => {
    const index = asObject(readJson(bytes), 'the index');
    const manifests = asArray(index.get('manifests'), 'manifests').map((value) => blobOf(value));
    if (new Set(manifests.map(({ sha256 }) => sha256)).size < manifests.length)
      throw archiveInvalid('index.json names a manifest twice');
    return manifests;
  });
}

/**
 * The record that a manifest names.
 *
 * @returns undefined for a manifest that is no archived repository
 * @throws NotaryError ARCHIVE_INVALID
 */
export function recordBlobOf(manifest: Uint8Array): Blob | undefined {
  return reading('a manifest', () => {
    const config = asObject(readJson(manifest), 'the manifest').get('config');
    if (!(config instanceof Map) || config.get('mediaType') !== mediaTypes.record) return undefined;
    return blobOf(config);
  });
}

/** @throws NotaryError ARCHIVE_INVALID when the manifest is not that of the record */
export function checkManifest(manifest: Uint8Array, record: RepositoryRecord, recordBlob: Blob): void {
  if (!equalBytes(manifest, manifestOf(record, recordBlob)))
    throw archiveInvalid(`the manifest of ${record.gun} is not that of its record`, { gun: record.gun });
}

function blobOf(value: Parameters<typeof asObject>[0]): Blob {
  const entry = asObject(value, 'a descriptor');
  const size = asInteger(entry.get('size'), 'size');
  return { sha256: parseDigest(asString(entry.get('digest'), 'digest')), size };
}

function reading<Value>(what: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (!isNotaryError(error) || isNotaryError(error, 'ARCHIVE_INVALID')) throw error;
    throw archiveInvalid(`${what} cannot be read: ${error.message}`);
  }
}
