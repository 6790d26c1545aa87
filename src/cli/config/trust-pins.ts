/** The section `trust_pinning` of the configuration. GUNs keep their case, unlike in Notary 0.7.0. */

import type { JsonObject, JsonValue } from '../../encoding/json-value.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import type { Files } from '../../ports.ts';
import type { TrustPinning } from '../../trust-pinning/trust-pinning.ts';
import type { Config } from './config.ts';
import { findSetting } from './settings.ts';

const truths: ReadonlyMap<JsonValue | undefined, boolean> = new Map<JsonValue | undefined, boolean>([
  ...[undefined, false, '', '0', 'f', 'F', 'false', 'FALSE', 'False'].map((value) => [value, false] as const),
  ...[true, '1', 't', 'T', 'true', 'TRUE', 'True'].map((value) => [value, true] as const),
]);

/**
 * Reads the pins and the CA files they name. A CA file that cannot be read counts as such only for the
 * GUNs it is pinned for.
 *
 * @throws NotaryError TRUST_PINNING_INVALID for a setting of another shape, so that a slip of the pen
 * never turns a pin into trust on first use.
 */
export async function readTrustPins(config: Config, files: Files): Promise<TrustPinning> {
  const section = objectSetting(config, 'trust_pinning');
  const certs = new Map<string, readonly string[]>();
  for (const [gun, ids] of objectSetting(config, 'trust_pinning.certs')) {
    if (!isTextList(ids)) throw invalidFormat(config, 'trust_pinning.certs');
    certs.set(gun, ids);
  }
  const ca = new Map<string, Uint8Array | undefined>();
  for (const [prefix, path] of objectSetting(config, 'trust_pinning.ca')) {
    if (typeof path !== 'string') throw invalidFormat(config, 'trust_pinning.ca');
    ca.set(prefix, await readCa(config, files, path));
  }
  const disableTofu = truths.get(findSetting(section, 'disable_tofu'));
  if (disableTofu === undefined) throw invalidFormat(config, 'trust_pinning.disable_tofu');
  return { certs, ca, disableTofu };
}

function objectSetting(config: Config, path: string): JsonObject {
  const value = findSetting(config.settings, path);
  if (value === undefined) return new Map();
  if (value instanceof Map) return value as JsonObject;
  throw invalidFormat(config, path);
}

function isTextList(value: JsonValue): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** Relative paths start at the working directory, as in Notary 0.7.0, else at the configuration file. */
async function readCa(config: Config, files: Files, path: string): Promise<Uint8Array | undefined> {
  for (const candidate of [path, files.beside(config.configFile, path)]) {
    try {
      return await files.read(candidate);
    } catch (error) {
      if (!isNotaryError(error, 'FILE_UNREADABLE')) throw error;
    }
  }
  return undefined;
}

function invalidFormat(config: Config, setting: string): NotaryError {
  return new NotaryError('TRUST_PINNING_INVALID', `invalid format for ${setting}`, {
    details: { file: config.configFile, setting },
  });
}
