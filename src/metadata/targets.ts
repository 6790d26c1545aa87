/** Models targets.json and delegation files: targets, and the delegations one level below. */

import type { ListedKeyId } from '../crypto/keys/key-id.ts';
import type { PublicKey } from '../crypto/keys/public-key.ts';
import { asArray, asObject, asString } from '../encoding/json.ts';
import type { JsonObject, JsonValue } from '../encoding/json-value.ts';
import { type FileMeta, fileMetasToJson, parseFileMetas } from './file-meta.ts';
import { keysToJson, parseKeys, parseRoleKeys, type RoleKeys } from './key.ts';
import { isDelegation, parentRole } from './role-name.ts';
import { type Common, type Envelope, invalidMetadata, parseCommon, type Signed } from './signed.ts';

/** An entry in a parent's list of delegations. */
export interface DelegationRole extends RoleKeys {
  readonly name: string;
  /** Prefixes of target names; the empty one matches all, none matches nothing. */
  readonly paths: readonly string[];
}

export interface Delegations {
  readonly keys: ReadonlyMap<ListedKeyId, PublicKey>;
  /** Their order decides priority. */
  readonly roles: readonly DelegationRole[];
  /** True when the list has lost its last role: Notary 0.7.0 then writes null instead of an empty list. */
  readonly emptied?: boolean;
}

export interface Targets extends Common {
  readonly targets: ReadonlyMap<string, FileMeta>;
  readonly delegations: Delegations;
}

/**
 * @param role `targets` or the delegation whose file this is
 * @throws NotaryError INVALID_METADATA, MALFORMED_JSON
 */
export function parseTargets(envelope: Envelope, role: string): Signed<Targets> {
  const common = parseCommon(envelope.signed, role, 'Targets');
  return {
    envelope,
    content: {
      ...common,
      targets: parseFileMetas(envelope.signed.get('targets'), `targets of ${role}`),
      delegations: parseDelegations(envelope.signed.get('delegations'), role),
    },
  };
}

function parseDelegations(value: JsonValue | undefined, parent: string): Delegations {
  if (value === null || value === undefined) return { keys: new Map(), roles: [] };
  const object = asObject(value, `delegations of ${parent}`);
  const keys = parseKeys(object.get('keys'));
  const seen = new Set<string>();
  const listed = object.get('roles');
  const roles = asArray(listed, `delegation roles of ${parent}`).map((entry) => {
    const role = parseDelegationRole(entry, parent);
    const unknown = role.keyIds.find((id) => !keys.has(id));
    if (unknown !== undefined) {
      throw invalidMetadata(parent, `key ID ${unknown} specified in ${role.name} without corresponding key`);
    }
    if (seen.has(role.name)) throw invalidMetadata(parent, `delegation ${role.name} is listed twice`);
    seen.add(role.name);
    return role;
  });
  return listed === null ? { keys, roles, emptied: true } : { keys, roles };
}

/**
 * A parent of thousands of roles is asked for each of them. While it is edited, every list is asked for few roles, so
 * that an index is made for the ninth question only.
 */
const byName = new WeakMap<readonly DelegationRole[], ReadonlyMap<string, DelegationRole> | number>();
const questionsWithoutIndex = 8;
/** In a shorter list a role is found as soon. */
const shortList = 16;

/** The entry of a role in its parent's list. */
export function findDelegation(
  { delegations: { roles } }: Targets,
  role: string,
): DelegationRole | undefined {
  if (roles.length <= shortList) return roles.find(({ name }) => name === role);
  const known = byName.get(roles) ?? 0;
  if (typeof known !== 'number') return known.get(role);
  if (known < questionsWithoutIndex) {
    byName.set(roles, known + 1);
    return roles.find(({ name }) => name === role);
  }
  const index = new Map(roles.map((entry) => [entry.name, entry]));
  byName.set(roles, index);
  return index.get(role);
}

function parseDelegationRole(entry: JsonValue, parent: string): DelegationRole {
  const object = asObject(entry, `delegation of ${parent}`);
  const name = asString(object.get('name'), `name of a delegation of ${parent}`);
  if (!isDelegation(name) || parentRole(name) !== parent) {
    throw invalidMetadata(parent, `delegation role ${name} invalid`);
  }
  const { keyIds, threshold } = parseRoleKeys(object, name);
  // The blank at the end is Notary 0.7.0's.
  if (threshold < 1) throw invalidMetadata(parent, `invalid threshold specified for ${name}: ${threshold} `);
  const paths = asArray(object.get('paths'), `paths of ${name}`).map((path) =>
    asString(path, `path of ${name}`),
  );
  return { name, keyIds, threshold, paths };
}

export function targetsToJson(targets: Targets): JsonObject {
  const { keys, roles, emptied } = targets.delegations;
  return new Map<string, JsonValue>([
    ['_type', 'Targets'],
    [
      'delegations',
      new Map<string, JsonValue>([
        ['keys', keysToJson(keys)],
        ['roles', roles.length === 0 && emptied === true ? null : roles.map(delegationRoleToJson)],
      ]),
    ],
    ['expires', targets.expires],
    ['targets', fileMetasToJson(targets.targets)],
    ['version', targets.version],
  ]);
}

function delegationRoleToJson(role: DelegationRole): JsonObject {
  const object = new Map<string, JsonValue>([
    // A role without keys has lost its last one, for which Notary 0.7.0 writes null.
    ['keyids', role.keyIds.length === 0 ? null : [...role.keyIds]],
    ['name', role.name],
  ]);
  if (role.paths.length > 0) object.set('paths', [...role.paths]);
  return object.set('threshold', role.threshold);
}
