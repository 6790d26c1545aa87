/** Checks the arguments that scripts pass, which no compiler may have checked. */

import { NotaryError } from '../errors.ts';
import type { OpenOptions } from './repository.ts';
import type { KeysOptions } from './stored-keys.ts';

function wrong(what: string, wanted: string): NotaryError {
  return new NotaryError('USAGE', `${what} must be ${wanted}`);
}

/** @throws NotaryError USAGE */
export function checkText(what: string, value: unknown): void {
  if (typeof value !== 'string') throw wrong(what, 'a text');
}

/** @throws NotaryError USAGE */
export function checkTexts(what: string, value: unknown): void {
  if (value === undefined) return;
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string'))
    throw wrong(what, 'a list of texts');
}

/** A list of texts, empty when it is not given. @throws NotaryError USAGE */
export function textsIn(what: string, value: readonly string[] | undefined): readonly string[] {
  checkTexts(what, value);
  return value ?? [];
}

/** @throws NotaryError USAGE */
export function checkSwitch(what: string, value: unknown): void {
  if (typeof value !== 'boolean') throw wrong(what, 'true or false');
}

/** As `checkOptions`, for options that must be given. @throws NotaryError USAGE */
export function checkObject(what: string, value: unknown, names: readonly string[]): void {
  if (!isObject(value)) throw wrong(what, 'an object');
  checkOptions(what, value, names);
}

/**
 * An object of options, or none at all. A misspelt option would be without effect, and its default may be everything.
 *
 * @param names the options that there are
 * @throws NotaryError USAGE
 */
export function checkOptions(what: string, value: unknown, names: readonly string[]): void {
  if (value === undefined) return;
  if (!isObject(value)) throw wrong(what, 'an object');
  for (const name of Object.keys(value)) {
    if (!names.includes(name))
      throw new NotaryError(
        'USAGE',
        `${what} has no option ${JSON.stringify(name)}, but ${names.join(', ')}`,
      );
  }
}

/** A list that chooses: an empty one must not stand for everything. @throws NotaryError USAGE */
export function checkChosen(what: string, value: readonly string[] | undefined): void {
  checkTexts(what, value);
  if (value?.length === 0) throw wrong(what, 'a list that is not empty');
}

/** @throws NotaryError USAGE */
export function checkIndexes(value: unknown): void {
  if (value === undefined) return;
  if (!Array.isArray(value) || !value.every((item) => Number.isSafeInteger(item)))
    throw wrong('reset: the numbers of changes', 'a list of whole numbers');
}

/**
 * The bytes of a typed array, a DataView or a Buffer, of whatever element type and context of V8; undefined for
 * anything else.
 */
export function bytesOf(value: unknown): Uint8Array | undefined {
  if (!ArrayBuffer.isView(value)) return undefined;
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

/** PEM text, as bytes. @throws NotaryError USAGE */
export function optionalBytes(what: string, value: unknown): Uint8Array | undefined {
  const bytes = bytesOf(value);
  if (value !== undefined && bytes === undefined) throw wrong(what, 'bytes');
  return bytes;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * What `openRepository` is given, as far as its types go.
 *
 * @throws NotaryError USAGE naming the option, never its value
 */
export function checkOpenOptions(options: OpenOptions): void {
  const given = checkedObject('openRepository', options, ['trustDir', 'gun']);
  const check = checkOf('openRepository', given);
  for (const name of ['server', 'ca', 'clientCert', 'clientKey']) check(name, 'a text', isText);
  check('strict', 'true or false', (value) => typeof value === 'boolean');
  check('onLog', 'a function', isFunction);
  check('passphrase', 'a text or a function', (value) => isText(value) || isFunction(value));
  check('credentials', 'an object or a function', (value) => isObject(value) || isFunction(value));
  if (isObject(given['credentials'])) checkCredentials(given['credentials']);
  check('pins', 'an object', isObject);
  check(
    'environment',
    'an object of texts',
    (value) => isObject(value) && Object.values(value).every((one) => one === undefined || isText(one)),
  );
}

/** What `openKeys` is given, as far as its types go. @throws NotaryError USAGE naming the option, never its value */
export function checkKeysOptions(options: KeysOptions): void {
  const check = checkOf('openKeys', checkedObject('openKeys', options, ['trustDir']));
  check('onLog', 'a function', isFunction);
  check('passphrase', 'a text or a function', (value) => isText(value) || isFunction(value));
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isFunction = (value: unknown) => typeof value === 'function';

/** The options as they were given, in which these are texts that are not empty. */
function checkedObject(
  method: string,
  given: unknown,
  needed: readonly string[],
): Readonly<Record<string, unknown>> {
  if (!isObject(given)) throw wrong(`${method}: its argument`, 'an object');
  for (const name of needed) {
    if (!isText(given[name]) || given[name] === '')
      throw wrong(`${method}: the option ${name}`, 'a text that is not empty');
  }
  return given;
}

/** Checks an option that may be left out. */
function checkOf(method: string, given: Readonly<Record<string, unknown>>) {
  return (name: string, wanted: string, fits: (value: unknown) => boolean) => {
    if (given[name] !== undefined && !fits(given[name])) throw wrong(`${method}: the option ${name}`, wanted);
  };
}

/** A user name and a password, or none. @throws NotaryError USAGE */
export function checkCredentials(given: unknown): void {
  if (given === undefined) return;
  const fits =
    isObject(given) && typeof given['username'] === 'string' && typeof given['password'] === 'string';
  if (!fits) throw wrong('openRepository: credentials', 'an object of two texts, username and password');
}
