/**
 * Writes and reads one update of a collection on disk, a directory that appears whole or not at all:
 *
 *     repositories/<collection>/<number of the update>/update.json
 *                                                      1-root.json
 *                                                      2-targets.releases.json
 *
 * `update.json` tells the GUN, the time, the number in the feed of changes, and which role, version and hash each
 * file is. Files of a collection that has been deleted are gone; their `update.json` stays, for the feed.
 */

import { readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { digest } from '../../crypto/signatures/digest.ts';
import { toHex, utf8 } from '../../encoding/bytes.ts';
import { goJson } from '../../encoding/canonical-json.ts';
import { asArray, asInteger, asObject, asString, readJson } from '../../encoding/json.ts';
import type { JsonObject, JsonValue } from '../../encoding/json-value.ts';
import { formatInstant, parseInstant } from '../../encoding/rfc3339.ts';
import { NotaryError } from '../../errors.ts';
import type { FileUpdate, PublishedChange } from '../../server/store/store.ts';
import { fillNewFile, makeFolder, syncFolder } from '../fs/atomic-write.ts';
import { readRegularFile } from '../fs/read-file.ts';
import { temporaryPath } from '../fs/temporary-files.ts';
import { fileError } from '../system/file-errors.ts';

/** A file of an update. */
export interface HeldFile {
  readonly role: string;
  readonly version: number;
  /** Lower-case hex. */
  readonly sha256: string;
  readonly path: string;
}

export interface Update {
  /** Counts from 1 over all collections. */
  readonly number: number;
  readonly gun: string;
  readonly at: Date;
  readonly files: readonly HeldFile[];
  /** What it adds to the feed of changes. */
  readonly changes: readonly PublishedChange[];
}

const index = 'update.json';
const maxName = 120;
const shownRole = 60;

/** A directory name for a GUN: readable, of one segment, and short enough for every file system. */
export function collectionName(gun: string): string {
  const name = [...Buffer.from(gun, 'utf8')]
    .map((byte) => {
      const letter = String.fromCharCode(byte);
      return /[A-Za-z0-9._:@-]/.test(letter) ? letter : `%${toHex(Uint8Array.of(byte)).toUpperCase()}`;
    })
    .join('')
    .replace(/^\./, '%2E');
  return name.length <= maxName
    ? name
    : `${name.slice(0, maxName / 2)}~${toHex(digest('sha256', utf8(gun)))}`;
}

/** The names in a directory that do not begin with a dot. @throws NotaryError FILE_UNREADABLE */
export function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => !name.startsWith('.'));
  } catch (cause) {
    throw fileError('FILE_UNREADABLE', 'open', folder, cause);
  }
}

/** Where the files of an update are to lie. @param folder that of all collections */
export function placeFiles(
  folder: string,
  { number, gun }: Pick<Update, 'number' | 'gun'>,
  files: readonly FileUpdate[],
): readonly HeldFile[] {
  const path = join(folder, collectionName(gun), String(number).padStart(12, '0'));
  return files.map(({ role, version, bytes }, place) => {
    const name = `${place + 1}-${role.replaceAll('/', '.').slice(0, shownRole)}.json`;
    return { role, version, sha256: toHex(digest('sha256', bytes)), path: join(path, name) };
  });
}

/**
 * Puts an update on disk, whole or not at all.
 *
 * @param folder that of all collections
 * @param files those of the update, bytes included, in its order
 * @returns the directory to force to disk: then the update is there for good
 * @throws NotaryError FILE_UNWRITABLE; the update is not there then
 */
export function writeUpdate(folder: string, update: Update, files: readonly FileUpdate[]): string {
  const path = join(folder, collectionName(update.gun), String(update.number).padStart(12, '0'));
  makeFolder(dirname(path));
  const draft = temporaryPath(dirname(path), path);
  try {
    makeFolder(draft);
    update.files.forEach((held, place) => {
      fillNewFile(join(draft, basename(held.path)), held.path, files[place]?.bytes ?? new Uint8Array());
    });
    fillNewFile(join(draft, index), join(path, index), utf8(indexText(update)));
    syncFolder(draft);
    renameInto(draft, path);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw error;
  }
  return dirname(path);
}

function renameInto(draft: string, path: string): void {
  try {
    renameSync(draft, path);
  } catch (cause) {
    throw fileError('FILE_UNWRITABLE', 'rename', path, cause);
  }
}

function indexText({ gun, at, changes, files }: Update): string {
  const object = (members: Readonly<Record<string, JsonValue>>) => new Map(Object.entries(members));
  const document = object({
    ...{ gun, at: formatInstant(at) },
    changes: changes.map(({ id, category, version, sha256 }) => object({ id, category, version, sha256 })),
    files: files.map(({ role, version, sha256, path }) =>
      object({ role, version, sha256, file: basename(path) }),
    ),
  });
  return `${goJson(document)}\n`;
}

/** Reads what `writeUpdate` has written, files aside. @throws NotaryError SANDBOX_DAMAGED, FILE_UNREADABLE */
export function readUpdate(folder: string): Update {
  const path = join(folder, index);
  const file = readRegularFile(path, { followLinks: false });
  if (file === undefined) throw damaged(path, 'there is no such file');
  try {
    const fields = asObject(readJson(file.bytes), 'update');
    const gun = asString(fields.get('gun'), 'gun');
    const at = new Date(parseInstant(asString(fields.get('at'), 'at')));
    const list = (name: string) => asArray(fields.get(name), name).map((one) => asObject(one, name));
    return {
      ...{ number: Number(basename(folder)), gun, at },
      files: list('files').map((one) => readEntry(folder, one)),
      changes: list('changes').map((one) => readChange(one, gun, at)),
    };
  } catch (cause) {
    throw damaged(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function readEntry(folder: string, fields: JsonObject): HeldFile {
  return {
    role: asString(fields.get('role'), 'role'),
    version: asInteger(fields.get('version'), 'version'),
    sha256: asString(fields.get('sha256'), 'sha256'),
    path: join(folder, basename(asString(fields.get('file'), 'file'))),
  };
}

function readChange(fields: JsonObject, gun: string, at: Date): PublishedChange {
  return {
    ...{ gun, at },
    id: asInteger(fields.get('id'), 'id'),
    category: asString(fields.get('category'), 'category') === 'deletion' ? 'deletion' : 'update',
    version: asInteger(fields.get('version'), 'version'),
    sha256: asString(fields.get('sha256'), 'sha256'),
  };
}

/** The bytes of a file of an update. @throws NotaryError SANDBOX_DAMAGED when it is not what was stored */
export function readHeld({ path, sha256 }: HeldFile): Uint8Array {
  const file = readRegularFile(path, { followLinks: false });
  if (file === undefined) throw damaged(path, 'there is no such file');
  if (toHex(digest('sha256', file.bytes)) !== sha256) throw damaged(path, 'it is not what was stored');
  return file.bytes;
}

function damaged(file: string, reason: string, cause?: unknown): NotaryError {
  return new NotaryError('SANDBOX_DAMAGED', `the sandbox has lost data: ${file}: ${reason}`, {
    details: { file },
    hint: `Restore the file, or remove ${dirname(file)} to do without that update.`,
    ...(cause === undefined ? {} : { cause }),
  });
}
