/** Reads lifetimes from the configuration: how long files are valid, by role. */

import type { JsonObject } from '../../encoding/json-value.ts';
import { formatInstant } from '../../encoding/rfc3339.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import { type ExpiryOf, expiryFor } from '../../metadata/expiry.ts';
import { isDelegation } from '../../metadata/role-name.ts';
import { invalid, parseDuration } from '../args/time-values.ts';
import { findSetting } from './settings.ts';

/** Milliseconds; what is signed must end before the year 10000. */
const longest = 1000 * 365 * 24 * 60 * 60 * 1000;

/** The setting for every delegation that has none of its own. */
const delegations = 'delegations';

/**
 * The setting `expiry`: an object that gives roles a length of time, `{"targets": "1y", "targets/releases": "90d",
 * "delegations": "180d"}`.
 *
 * @returns undefined without the setting
 * @throws NotaryError CONFIG_INVALID
 */
export function configuredExpiry(settings: JsonObject, configFile: string): ExpiryOf | undefined {
  const section = findSetting(settings, 'expiry');
  if (section === undefined) return undefined;
  if (!(section instanceof Map)) throw unusable(configFile, 'expiry', 'it must be an object');
  const lengths = new Map<string, number>();
  for (const [role, value] of section as JsonObject) lengths.set(role, lengthOf(role, value, configFile));
  return (role, now) => {
    const length = lengths.get(role) ?? (isDelegation(role) ? lengths.get(delegations) : undefined);
    return length === undefined ? expiryFor(role, now) : formatInstant(new Date(now.getTime() + length));
  };
}

function lengthOf(role: string, value: unknown, configFile: string): number {
  const name = `expiry.${role}`;
  const isRole = ['root', 'targets', 'snapshot', delegations].includes(role) || isDelegation(role);
  if (!isRole)
    throw unusable(
      configFile,
      name,
      `there is no such role; it takes root, targets, snapshot, ${delegations} and names of delegations`,
    );
  if (typeof value !== 'string') throw unusable(configFile, name, 'it must be a text such as "90d"');
  try {
    const length = parseDuration(value, name);
    if (length > 0 && length <= longest) return length;
    throw invalid(value, name, length === 0 ? 'it must be longer' : 'it must be shorter than 1000y');
  } catch (error) {
    if (isNotaryError(error, 'INVALID_FLAG')) throw unusable(configFile, name, error.message);
    throw error;
  }
}

function unusable(file: string, setting: string, reason: string): NotaryError {
  return new NotaryError(
    'CONFIG_INVALID',
    `the setting ${JSON.stringify(setting)} of ${file} cannot be used: ${reason}`,
    {
      details: { file, setting },
    },
  );
}
