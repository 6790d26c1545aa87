/** Checks the names of the keys of one collection, and the file of names itself: finds what is missing or dangerous. */

import type { CanonicalKeyId } from '../crypto/keys/key-id.ts';
import type { CollaboratorsFile } from './collaborators-file.ts';
import { type KeyName, type NameIndex, namedKey } from './names.ts';

export type NameFindingCode =
  | 'KEY_WITHOUT_NAME'
  | 'NAME_WITHOUT_KEYS'
  | 'THRESHOLD_BY_ONE'
  | 'COLLABORATOR_ENDED';

export interface NameFinding extends Partial<KeyName> {
  readonly code: NameFindingCode;
  readonly severity: 'warning' | 'note';
  readonly role?: string;
  readonly keyId?: CanonicalKeyId;
  /** One sentence. */
  readonly message: string;
  readonly hint: { readonly command: readonly string[] };
}

export interface CheckedRole {
  readonly name: string;
  readonly keyIds: readonly CanonicalKeyId[];
  readonly threshold: number;
}

/** The file alone: names without keys, and collaborators whose last day has passed. */
export function checkFile(file: CollaboratorsFile | undefined, now: Date): readonly NameFinding[] {
  return [...(file?.collaborators.values() ?? [])].flatMap(({ name, keys, until }) => {
    const findings: NameFinding[] = [];
    if (keys.length === 0) findings.push(withoutKeys(name));
    if (hasEnded(until, now)) findings.push(ended(name, until, {}));
    return findings;
  });
}

/** The roles of a collection, and names of the file without keys. */
export function checkRoles(
  gun: string,
  roles: readonly CheckedRole[],
  names: NameIndex,
  now: Date,
): readonly NameFinding[] {
  const entries = names.file?.collaborators;
  const findings: NameFinding[] = [...(entries?.values() ?? [])].flatMap(({ name, keys }) =>
    keys.length === 0 ? [withoutKeys(name)] : [],
  );
  for (const { name: role, keyIds, threshold } of roles) {
    const held = new Map<string, number>();
    for (const keyId of keyIds) {
      const { collaborator, nameSource } = names.of(keyId);
      if (collaborator === undefined || nameSource === 'certificate') {
        findings.push(withoutName(gun, role, keyId, names));
        continue;
      }
      const count = (held.get(collaborator) ?? 0) + 1;
      held.set(collaborator, count);
      const until = entries?.get(collaborator)?.until;
      if (hasEnded(until, now)) findings.push(ended(collaborator, until, { gun, role, keyId }));
      if (threshold > 1 && count === threshold) findings.push(byOne(gun, role, collaborator, threshold));
    }
  }
  return findings;
}

/** The last day counts in full, by UTC. */
function hasEnded(until: string | undefined, now: Date): until is string {
  return until !== undefined && now.toISOString().slice(0, 10) > until;
}

function withoutKeys(collaborator: string): NameFinding {
  return {
    ...{ code: 'NAME_WITHOUT_KEYS', severity: 'note', collaborator, nameSource: 'file' },
    message: `${JSON.stringify(collaborator)} has no keys`,
    hint: { command: ['tsnotary', 'collaborator', 'remove', collaborator] },
  };
}

function withoutName(gun: string, role: string, keyId: CanonicalKeyId, names: NameIndex): NameFinding {
  const named = namedKey(names, keyId);
  const certified =
    named.collaborator === undefined ? '' : `; its certificate says ${JSON.stringify(named.collaborator)}`;
  return {
    ...{ code: 'KEY_WITHOUT_NAME', severity: 'warning', role, ...named },
    message: `the key ${keyId} in ${role} has no name${certified}`,
    hint: {
      command:
        named.collaborator === undefined
          ? ['tsnotary', 'collaborator', 'add', 'NAME', keyId]
          : ['tsnotary', 'collaborator', 'adopt', gun],
    },
  };
}

function byOne(gun: string, role: string, collaborator: string, threshold: number): NameFinding {
  return {
    ...{ code: 'THRESHOLD_BY_ONE', severity: 'warning', role, collaborator },
    message: `${collaborator} alone reaches the threshold ${threshold} of ${role}`,
    hint: { command: ['tsnotary', 'delegation', 'list', gun, '--names'] },
  };
}

function ended(
  collaborator: string,
  until: string,
  { gun, role, keyId }: { readonly gun?: string; readonly role?: string; readonly keyId?: CanonicalKeyId },
): NameFinding {
  const where = role === undefined ? '' : ` and still has a key in ${role}`;
  const command =
    gun === undefined || keyId === undefined
      ? ['tsnotary', 'collaborator', 'list']
      : ['tsnotary', 'delegation', 'revoke', gun, keyId];
  return {
    ...{ code: 'COLLABORATOR_ENDED', severity: 'warning', collaborator, nameSource: 'file' },
    ...(role !== undefined && { role }),
    ...(keyId !== undefined && { keyId }),
    message: `${collaborator} was a collaborator until ${until}${where}`,
    hint: { command },
  };
}
