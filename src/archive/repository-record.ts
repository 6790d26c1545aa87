/**
 * Models the record of an archived repository: which files of which roles the archive holds, and what is known besides.
 *
 * The record carries no signature. Which files readers take is decided by verifying them; the
 * server and the names are data.
 */

import { compareUtf8, equalBytes } from '../encoding/bytes.ts';
import { asArray, asInteger, asObject, asString, readJson } from '../encoding/json.ts';
import type { JsonObject, JsonValue } from '../encoding/json-value.ts';
import { canonicalBytes } from '../encoding/rfc8785.ts';
import type { JsonData } from '../encoding/to-plain-json.ts';
import { isNotaryError } from '../errors.ts';
import { type Gun, parseGun } from '../metadata/gun.ts';
import { archiveInvalid } from './archive-invalid.ts';

/** The version of the format that this program writes, and the newest that it reads. */
export const formatVersion = 1;

/** A metadata file in an archive. */
export interface ArchivedFile {
  readonly role: string;
  /** The version that the file itself claims. */
  readonly version: number;
  /** SHA-256, 64 hex digits. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  /** It is the one that the server gave out when the archive was made. */
  readonly current: boolean;
}

/** The name of a key in the file of collaborators of the one who made the archive. */
export interface ArchivedName {
  /** Canonical key ID. */
  readonly keyId: string;
  readonly name: string;
}

export interface RepositoryRecord {
  readonly gun: Gun;
  /** The URL of the server, without a login. */
  readonly server: string;
  /** Earlier versions were asked for, too. */
  readonly history: boolean;
  readonly files: readonly ArchivedFile[];
  /** What was asked for and not served: `2.targets`. */
  readonly absent: readonly string[];
  readonly names: readonly ArchivedName[];
}

/** The record as the archive holds it: the same repository gives the same bytes. */
export function encodeRecord({ gun, server, history, files, absent, names }: RepositoryRecord): Uint8Array {
  const document: JsonData = {
    ...{ formatVersion, gun, server, history },
    files: [...files].sort(compareFiles).map(({ role, version, sha256, size, current }) => ({
      ...{ role, version, size, digest: `sha256:${sha256}` },
      ...(current && { current }),
    })),
    absent: [...absent].sort(compareUtf8),
    names: [...names]
      .sort((one, other) => compareUtf8(one.keyId, other.keyId))
      .map(({ keyId, name }) => ({ keyId, name })),
  };
  return canonicalBytes(document);
}

function compareFiles(one: ArchivedFile, other: ArchivedFile): number {
  return (
    compareUtf8(one.role, other.role) || one.version - other.version || compareUtf8(one.sha256, other.sha256)
  );
}

/** @throws NotaryError ARCHIVE_INVALID for what is no record, or not in the form that `encodeRecord` writes */
export function parseRecord(bytes: Uint8Array): RepositoryRecord {
  const record = readRecord(bytes);
  // Whatever is not said by the record itself must not hide in it.
  if (!equalBytes(encodeRecord(record), bytes))
    throw archiveInvalid(`the record of ${record.gun} is not in its canonical form`, { gun: record.gun });
  checkFiles(record);
  return record;
}

function readRecord(bytes: Uint8Array): RepositoryRecord {
  try {
    const document = asObject(readJson(bytes), 'the record');
    const format = asInteger(document.get('formatVersion'), 'formatVersion');
    if (format !== formatVersion)
      throw archiveInvalid(
        `it is an archive of format ${format}, and this program reads format ${formatVersion}`,
      );
    return {
      gun: parseGun(asString(document.get('gun'), 'gun')),
      server: asString(document.get('server'), 'server'),
      history: document.get('history') === true,
      files: asArray(document.get('files'), 'files').map(parseFile),
      absent: asArray(document.get('absent'), 'absent').map((name) => asString(name, 'absent')),
      names: asArray(document.get('names'), 'names').map(parseName),
    };
  } catch (error) {
    if (!isNotaryError(error) || isNotaryError(error, 'ARCHIVE_INVALID')) throw error;
    throw archiveInvalid(`the record of a repository cannot be read: ${error.message}`);
  }
}

function parseFile(value: JsonValue): ArchivedFile {
  const file: JsonObject = asObject(value, 'a file');
  const digest = asString(file.get('digest'), 'digest');
  return {
    role: asString(file.get('role'), 'role'),
    version: asInteger(file.get('version'), 'version'),
    sha256: parseDigest(digest),
    size: asInteger(file.get('size'), 'size'),
    current: file.get('current') === true,
  };
}

function parseName(value: JsonValue): ArchivedName {
  const name = asObject(value, 'a name');
  return {
    keyId: asString(name.get('keyId'), 'keyId'),
    name: asString(name.get('name'), 'name'),
  };
}

/** The hex digits of `sha256:…`. @throws NotaryError ARCHIVE_INVALID for anything else */
export function parseDigest(digest: string): string {
  const hex = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
  if (hex === undefined) throw archiveInvalid(`${JSON.stringify(digest.slice(0, 100))} is no SHA-256 digest`);
  return hex;
}

/** Bytes that may be listed more than once: small files of several roles can be equal. */
const maxRepeated = 64 * 1024 * 1024;

/** One file a role, version and content, and one current file a role; and no content so often that reading it takes long. */
function checkFiles({ gun, files }: RepositoryRecord): void {
  const sizes = new Map(files.map(({ sha256, size }) => [sha256, size]));
  const sum = (all: Iterable<number>) => [...all].reduce((total, size) => total + size, 0);
  if (sum(files.map(({ size }) => size)) > 4 * sum(sizes.values()) + maxRepeated)
    throw archiveInvalid(`the record of ${gun} lists the same content over and over`, { gun });
  const current = new Set<string>();
  let last: ArchivedFile | undefined;
  for (const file of files) {
    if (file.size < 0 || file.version < 0)
      throw archiveInvalid(`the record of ${gun} has a file of ${file.role} with a negative number`, { gun });
    if (last !== undefined && compareFiles(last, file) === 0)
      throw archiveInvalid(`the record of ${gun} lists a file of ${file.role} twice`, { gun });
    if (file.current && current.has(file.role))
      throw archiveInvalid(`the record of ${gun} has two current files of ${file.role}`, { gun });
    if (file.current) current.add(file.role);
    last = file;
  }
}
