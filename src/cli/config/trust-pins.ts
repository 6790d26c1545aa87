/** Reads the section `trust_pinning` of the configuration. GUNs keep their case, unlike in Notary 0.7.0. */

import { readPinnedCa } from '../../composition/pinned-ca.ts';
import type { JsonObject, JsonValue } from '../../encoding/json-value.ts';
import { NotaryError } from '../../errors.ts';
import { parseBool } from '../../go/parse-bool.ts';
import type { Files } from '../../ports/files.ts';
import { nearestName, resembles } from '../../trust-pinning/pin-names.ts';
import type { TrustPinning } from '../../trust-pinning/trust-pinning.ts';
import { type Config, pathInConfig } from './config.ts';

const section = 'trust_pinning';
const members = ['certs', 'ca', 'disable_tofu'] as const;

/**
 * Reads the pins and the CA files they name. A CA file that cannot be read counts as such only for the
 * GUNs it is pinned for.
 *
 * @param unreadable is told of each CA file that cannot be read, by the prefix of the GUNs that it is pinned for
 * @throws NotaryError TRUST_PINNING_INVALID for a setting of another shape, a name that is not known or is
 * there twice, and a section whose name is misspelt, so that a slip of the pen never turns a pin into trust
 * on first use.
 */
export async function readTrustPins(
  config: Config,
  files: Files,
  unreadable?: (prefix: string, message: string) => void,
): Promise<TrustPinning> {
  checkSectionNames(config);
  const given = givenMembers(config);
  const certs = certificatePins(config, given);
  const ca = new Map<string, Uint8Array | undefined>();
  for (const [prefix, path] of objectIn(config, given, 'ca')) {
    if (typeof path !== 'string') throw invalidFormat(config, `${section}.ca`);
    // Relative paths start at the configuration file, as all others in it. Notary 0.7.0 looks into the working
    // directory first, where the checkout of any other user may lie.
    const file = pathInConfig(files, config, path);
    const bytes = await readPinnedCa(files, file);
    ca.set(prefix, bytes);
    if (bytes === undefined) {
      const named = `${section}.ca of ${config.configFile} for ${JSON.stringify(prefix)}`;
      unreadable?.(prefix, `the CA file ${file} cannot be read, which ${named} names`);
    }
  }
  const disableTofu = switchValue(given.get('disable_tofu'));
  if (disableTofu === undefined) throw invalidFormat(config, `${section}.disable_tofu`);
  return { certs, ca, disableTofu };
}

/**
 * The pinned IDs of certificates alone, by GUN or prefix.
 *
 * @throws NotaryError TRUST_PINNING_INVALID, as `readTrustPins`
 */
export function readCertificatePins(config: PinSource): ReadonlyMap<string, readonly string[]> {
  checkSectionNames(config);
  return certificatePins(config, givenMembers(config));
}

/** Where pins are read from. */
type PinSource = Pick<Config, 'settings' | 'configFile'>;

function certificatePins(
  config: PinSource,
  given: ReadonlyMap<string, JsonValue>,
): ReadonlyMap<string, readonly string[]> {
  const certs = new Map<string, readonly string[]>();
  for (const [gun, ids] of objectIn(config, given, 'certs')) {
    if (!isTextList(ids)) throw invalidFormat(config, `${section}.certs`);
    certs.set(gun, ids);
  }
  return certs;
}

/** What a switch is set to: nothing and an empty text are off; undefined for what is neither on nor off. */
function switchValue(value: JsonValue | undefined): boolean | undefined {
  if (value === undefined || value === '') return false;
  if (typeof value === 'string') return parseBool(value);
  return typeof value === 'boolean' ? value : undefined;
}

/** What is set, by its name in small letters: in the section, or under a name with a dot. Null counts as not set. */
function givenMembers(config: PinSource): ReadonlyMap<string, JsonValue> {
  const given = new Map<string, JsonValue>();
  const names = new Set<string>();
  const add = (name: string, value: JsonValue) => {
    const member = name.toLowerCase();
    if (!(members as readonly string[]).includes(member)) throw unknownMember(config, name);
    if (names.has(member)) throw givenTwice(config, `${section}.${member}`);
    names.add(member);
    if (value !== null) given.set(member, value);
  };
  for (const [name, value] of config.settings) {
    const lower = name.toLowerCase();
    if (lower.startsWith(`${section}.`)) add(name.slice(section.length + 1), value);
    if (lower !== section || value === null) continue;
    if (!(value instanceof Map)) throw invalidFormat(config, section);
    for (const [member, inner] of value as JsonObject) add(member, inner);
  }
  return given;
}

/** Names that look like the section's, or like the switch outside of it, at the top and one level below. */
function checkSectionNames(config: PinSource): void {
  for (const [name, value] of config.settings) {
    const [first = ''] = name.toLowerCase().split('.');
    if (first === section) continue;
    checkName(config, name, first);
    if (!(value instanceof Map)) continue;
    for (const inner of (value as JsonObject).keys()) checkName(config, `${name}.${inner}`, inner);
  }
}

function checkName(config: PinSource, setting: string, name: string): void {
  if (resembles(name, section)) throw misspelt(config, setting, section);
  if (resembles(name, 'disable_tofu')) throw misspelt(config, setting, `${section}.disable_tofu`);
}

function objectIn(config: PinSource, given: ReadonlyMap<string, JsonValue>, member: string): JsonObject {
  const value = given.get(member);
  if (value === undefined) return new Map();
  if (value instanceof Map) return value as JsonObject;
  throw invalidFormat(config, `${section}.${member}`);
}

function isTextList(value: JsonValue): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function invalidFormat(config: PinSource, setting: string): NotaryError {
  return invalid(config, setting, `invalid format for ${setting}`);
}

function unknownMember(config: PinSource, name: string): NotaryError {
  return misspelt(config, `${section}.${name}`, `${section}.${nearestName(name, members)}`);
}

function misspelt(config: PinSource, setting: string, meant: string): NotaryError {
  return invalid(
    config,
    setting,
    `unknown setting ${JSON.stringify(setting)}; the nearest one is ${meant}`,
    `Without it the pins would not count. The section ${section} has ${members.join(', ')}.`,
  );
}

function givenTwice(config: PinSource, setting: string): NotaryError {
  return invalid(config, setting, `${setting} is set twice`, 'Leave one of them: either might be taken.');
}

function invalid(config: PinSource, setting: string, message: string, hint?: string): NotaryError {
  return new NotaryError('TRUST_PINNING_INVALID', message, {
    details: { file: config.configFile, setting },
    ...(hint !== undefined && { hint: `${hint} The configuration file is ${config.configFile}.` }),
  });
}
