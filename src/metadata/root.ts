/** Models root.json: the keys of the four base roles, and every former root certificate. */

import type { ListedKeyId } from '../crypto/keys/key-id.ts';
import type { PublicKey } from '../crypto/keys/public-key.ts';
import { asObject } from '../encoding/json.ts';
import type { JsonObject, JsonValue } from '../encoding/json-value.ts';
import { keysToJson, parseKeys, parseRoleKeys, type RoleKeys } from './key.ts';
import { baseRoles } from './role-name.ts';
import { type Common, type Envelope, invalidMetadata, parseCommon, type Signed } from './signed.ts';

export interface Root extends Common {
  readonly consistentSnapshot: boolean;
  readonly keys: ReadonlyMap<ListedKeyId, PublicKey>;
  readonly roles: ReadonlyMap<string, RoleKeys>;
}

/** @throws NotaryError INVALID_METADATA, MALFORMED_JSON */
export function parseRoot(envelope: Envelope): Signed<Root> {
  const common = parseCommon(envelope.signed, 'root', 'Root');
  const keys = parseKeys(envelope.signed.get('keys'));
  const roles = new Map<string, RoleKeys>();
  for (const [name, role] of asObject(envelope.signed.get('roles'), 'roles of root')) {
    roles.set(name, parseRoleKeys(asObject(role, `role ${name}`), name));
  }
  for (const name of baseRoles) checkRole(name, roles.get(name), keys);
  return {
    envelope,
    content: {
      ...common,
      keys,
      roles,
      consistentSnapshot: envelope.signed.get('consistent_snapshot') === true,
    },
  };
}

function checkRole(
  name: string,
  role: RoleKeys | undefined,
  keys: ReadonlyMap<ListedKeyId, PublicKey>,
): void {
  if (role === undefined) throw invalidMetadata('root', `missing ${name} role specification`);
  // The blank at the end is Notary 0.7.0's.
  if (role.threshold < 1) {
    throw invalidMetadata('root', `invalid threshold specified for ${name}: ${role.threshold} `);
  }
  const unknown = role.keyIds.find((id) => !keys.has(id));
  if (unknown !== undefined) {
    throw invalidMetadata('root', `key ID ${unknown} specified in ${name} without corresponding key`);
  }
}

export function rootToJson(root: Root): JsonObject {
  const roles = [...root.roles].map(([name, { keyIds, threshold }]): [string, JsonValue] => [
    name,
    new Map<string, JsonValue>([
      ['keyids', [...keyIds]],
      ['threshold', threshold],
    ]),
  ]);
  return new Map<string, JsonValue>([
    ['_type', 'Root'],
    ['consistent_snapshot', root.consistentSnapshot],
    ['expires', root.expires],
    ['keys', keysToJson(root.keys)],
    ['roles', new Map(roles)],
    ['version', root.version],
  ]);
}

/** Keys and threshold of a base role. */
export function baseRole(root: Root, name: string): { keys: Map<ListedKeyId, PublicKey>; threshold: number } {
  const role = root.roles.get(name);
  if (role === undefined) throw invalidMetadata('root', `missing ${name} role specification`);
  const keys = new Map<ListedKeyId, PublicKey>();
  for (const id of role.keyIds) {
    const key = root.keys.get(id);
    if (key !== undefined) keys.set(id, key);
  }
  return { keys, threshold: role.threshold };
}
