/** Models the collaborators file: which keys a person or a robot has. A name is a label, never an authorisation. */

import { type CanonicalKeyId, isKeyIdInAnyCase } from '../crypto/keys/key-id.ts';
import { NotaryError } from '../errors.ts';
import { foldedName, nameDefect, normalName } from './name-rules.ts';

/** Where something stands in the file, both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A key as the file names it. */
export interface WrittenKey {
  /** A full key ID, or the path of a certificate. */
  readonly text: string;
  readonly at: Position;
}

/** An entry as it stands in the file, before its certificates are read. */
export interface WrittenCollaborator {
  readonly name: string;
  readonly email?: string;
  readonly robot: boolean;
  readonly keys: readonly WrittenKey[];
  /** `YYYY-MM-DD`: the last day on which the collaborator is one. */
  readonly until?: string;
  readonly at: Position;
}

export interface CollaboratorKey {
  readonly keyId: CanonicalKeyId;
  /** The path of the certificate, as the file has it; absent for a key named by its ID. */
  readonly certificate?: string;
}

export interface Collaborator {
  readonly name: string;
  readonly email?: string;
  /** A machine, not a person. */
  readonly robot: boolean;
  readonly keys: readonly CollaboratorKey[];
  readonly until?: string;
}

/** The content of a collaborators file, checked. */
export interface CollaboratorsFile {
  readonly path: string;
  /** By name, in the order of the file. */
  readonly collaborators: ReadonlyMap<string, Collaborator>;
  /** The name that the file gives to a key. */
  nameOf(keyId: CanonicalKeyId): string | undefined;
  /** The key that the file means by an ID or by the path of a certificate in it. */
  idOf(text: string): CanonicalKeyId | undefined;
  /** The names of which a certificate cannot be read, and why: some of their keys are not known. */
  readonly unread: ReadonlyMap<string, NotaryError>;
}

/**
 * Checks what no single entry shows: each name has one entry and no twin, each key one name.
 *
 * @param path of the file, for messages
 * @param keyIdOf the canonical ID of a key that the file names; undefined for a certificate that cannot be read
 * @param unread the names of such certificates
 * @throws NotaryError COLLABORATORS_INVALID with file, line and column
 */
export function checkedFile(
  path: string,
  written: readonly WrittenCollaborator[],
  keyIdOf: (key: WrittenKey) => CanonicalKeyId | undefined,
  unread: ReadonlyMap<string, NotaryError> = new Map(),
): CollaboratorsFile {
  const collaborators = new Map<string, Collaborator>();
  const twins = new Map<string, string>();
  const owners = new Map<CanonicalKeyId, string>();
  const ids = new Map<string, CanonicalKeyId>();
  for (const { keys, at, ...entry } of written) {
    const name = normalName(entry.name);
    const defect = nameDefect(name);
    if (defect !== undefined) throw invalidFile(path, at, `the name ${JSON.stringify(name)} ${defect}`);
    const twin = twins.get(foldedName(name));
    twins.set(foldedName(name), name);
    if (collaborators.has(name)) throw invalidFile(path, at, `${JSON.stringify(name)} has two entries`);
    if (twin !== undefined) throw twinOf(path, at, name, twin);
    const found = new Map<CanonicalKeyId, CollaboratorKey>();
    for (const key of keys) {
      const keyId = keyIdOf(key);
      if (keyId === undefined) continue;
      const owner = owners.get(keyId);
      if (owner !== undefined && owner !== name) throw keyOfTwo(path, key.at, keyId, [owner, name]);
      owners.set(keyId, name);
      ids.set(key.text, keyId);
      if (!found.has(keyId))
        found.set(keyId, isKeyIdInAnyCase(key.text) ? { keyId } : { keyId, certificate: key.text });
    }
    collaborators.set(name, { ...entry, name, keys: [...found.values()] });
  }
  return {
    ...{ path, collaborators, unread },
    nameOf: (keyId) => owners.get(keyId),
    idOf: (text) => ids.get(text),
  };
}

/** Names that differ in the size or the form of letters only. */
function twinOf(path: string, at: Position, ...names: readonly [string, string]): NotaryError {
  const [one, other] = names.map((name) => JSON.stringify(name));
  return invalidFile(path, at, `the name ${one} can be taken for ${other}, which has an entry`, { names });
}

function keyOfTwo(
  path: string,
  at: Position,
  keyId: CanonicalKeyId,
  names: readonly [string, string],
): NotaryError {
  const [one, other] = names.map((name) => JSON.stringify(name));
  return invalidFile(path, at, `the key ${keyId} is listed under ${one} and under ${other}`, {
    keyId,
    names,
  });
}

/** `FILE:LINE:COLUMN: what is wrong` */
export function invalidFile(
  path: string,
  { line, column }: Position,
  message: string,
  details: Readonly<Record<string, string | readonly string[]>> = {},
): NotaryError {
  return new NotaryError('COLLABORATORS_INVALID', `${path}:${line}:${column}: ${message}`, {
    details: { ...details, file: path, line, column },
    hint: 'The file with the names of collaborators has to be mended first; full key IDs work without it.',
  });
}
