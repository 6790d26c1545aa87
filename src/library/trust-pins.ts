/** Reads the trust pins that a script gives. */

import { readPinnedCa } from '../composition/pinned-ca.ts';
import { NotaryError } from '../errors.ts';
import type { Files } from '../ports/files.ts';
import { nearestName } from '../trust-pinning/pin-names.ts';
import type { TrustPinning } from '../trust-pinning/trust-pinning.ts';
import type { TrustPins } from './repository.ts';

const members = ['certs', 'ca', 'disableTofu', 'disable_tofu'] as const;

/**
 * Reads the CA files that pins name. One that cannot be read counts as such for the GUNs that it is pinned
 * for, and for them only. Relative paths start at the working directory, as all paths of the library.
 *
 * @param pins as a script gave it, of whatever type that may be
 * @throws NotaryError TRUST_PINNING_INVALID for a member that is not known and for one of another type: a slip
 * of the pen never turns a pin into trust on first use
 */
export async function readPins(pins: TrustPins | undefined, files: Files): Promise<TrustPinning> {
  const given = entriesOf(pins, 'pins');
  for (const [name, value] of given) {
    if (value !== undefined && !(members as readonly string[]).includes(name)) throw unknown(name);
  }
  const certs = new Map<string, readonly string[]>();
  for (const [gun, ids] of entriesOf(given.get('certs'), 'pins.certs')) {
    if (!isTextList(ids)) throw invalid('pins.certs', `a list of IDs for ${JSON.stringify(gun)}`);
    certs.set(gun, [...ids]);
  }
  const ca = new Map<string, Uint8Array | undefined>();
  for (const [prefix, path] of entriesOf(given.get('ca'), 'pins.ca')) {
    if (typeof path !== 'string') throw invalid('pins.ca', `a path for ${JSON.stringify(prefix)}`);
    ca.set(prefix, await readPinnedCa(files, path));
  }
  return { certs, ca, disableTofu: switchIn(given) };
}

function switchIn(given: ReadonlyMap<string, unknown>): boolean {
  const [own, inFile] = [given.get('disableTofu'), given.get('disable_tofu')];
  const value = own === undefined ? (inFile === undefined ? false : inFile) : own;
  if (typeof value !== 'boolean') throw invalid('pins.disableTofu', 'true or false');
  if (own !== undefined && inFile !== undefined && own !== inFile) {
    throw invalid('pins.disableTofu', 'what pins.disable_tofu is');
  }
  return value;
}

/** The members of a plain object. A Map has none of its own, and its pins would be lost. */
function entriesOf(value: unknown, name: string): ReadonlyMap<string, unknown> {
  if (value === undefined) return new Map();
  if (typeof value !== 'object' || value === null || !isPlain(value)) throw invalid(name, 'a plain object');
  return new Map(Object.entries(value));
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  // Also of another realm, whose Object differs from this one's.
  return (
    Object.prototype.toString.call(value) === '[object Object]' &&
    (prototype === null || Object.getPrototypeOf(prototype) === null)
  );
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && [...(value as unknown[])].every((item) => typeof item === 'string');
}

function unknown(name: string): NotaryError {
  const nearest = nearestName(name, members);
  return new NotaryError(
    'TRUST_PINNING_INVALID',
    `openRepository: there is no option ${JSON.stringify(`pins.${name}`)}; the nearest one is pins.${nearest}`,
    { details: { setting: `pins.${name}` }, hint: 'Without it the pins would not count.' },
  );
}

function invalid(setting: string, wanted: string): NotaryError {
  return new NotaryError('TRUST_PINNING_INVALID', `openRepository: the option ${setting} must be ${wanted}`, {
    details: { setting },
  });
}
