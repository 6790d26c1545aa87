/**
 * Reads the pins of the Docker engine's own configuration (`content-trust` in daemon.json, of Docker Enterprise and
 * Mirantis Container Runtime). They count for the engine; no client of Notary looks at them.
 */

import type { JsonObject, JsonValue } from '../encoding/json-value.ts';

export interface EnginePin {
  readonly setting: 'root-keys' | 'cert-ids';
  /** The GUN, or for `root-keys` a prefix that ends in a star. */
  readonly pinnedFor: string;
  /** Canonical IDs of root keys; of `cert-ids` the IDs under which metadata lists root certificates. */
  readonly ids: readonly string[];
  /** `disabled`, `permissive` or `enforced`. */
  readonly mode: string;
}

/** The pins for a GUN: of `root-keys` only the most specific one counts. What has another shape is passed over. */
export function enginePins(settings: JsonValue, gun: string): readonly EnginePin[] {
  const trust = objectIn(settings, 'content-trust');
  const pinning = objectIn(trust, 'trust-pinning');
  const given = trust.get('mode');
  const mode = typeof given === 'string' && given !== '' ? given : 'disabled';
  const keys = [...objectIn(pinning, 'root-keys')]
    .filter(([name]) => name === gun || (name.endsWith('*') && gun.startsWith(name.slice(0, -1))))
    .sort(([one], [other]) => Number(other === gun) - Number(one === gun) || other.length - one.length)
    .slice(0, 1);
  const certificates = [...objectIn(pinning, 'cert-ids')].filter(([name]) => name === gun);
  const pin =
    (setting: EnginePin['setting']) =>
    ([pinnedFor, ids]: readonly [string, JsonValue]): EnginePin => ({
      ...{ setting, pinnedFor, mode },
      ids: Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : [],
    });
  return [...keys.map(pin('root-keys')), ...certificates.map(pin('cert-ids'))];
}

function objectIn(value: JsonValue, member: string): JsonObject {
  const inner = value instanceof Map ? (value as JsonObject).get(member) : undefined;
  return inner instanceof Map ? (inner as JsonObject) : new Map();
}
