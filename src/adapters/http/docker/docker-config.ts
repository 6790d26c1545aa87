/** Reads the saved logins in Docker's `config.json`. */

import { fromBase64 } from '../../../encoding/bytes.ts';
import { asUtf8 } from '../../../encoding/foreign-text.ts';
import { asObject, asString, readJson } from '../../../encoding/json.ts';
import type { JsonObject, JsonValue } from '../../../encoding/json-value.ts';
import { trimOf } from '../../../encoding/trim.ts';
import { NotaryError } from '../../../errors.ts';
import { readRegularFile } from '../../fs/read-file.ts';
import { hostOf, keyOf } from './docker-hosts.ts';

/** What `docker login` has saved; unknown members are empty. */
export interface SavedLogin {
  readonly username: string;
  readonly password: string;
  /** A refresh token for the registry's token service, kept instead of the password. */
  readonly identityToken: string;
}

export interface DockerConfig {
  /** Path of the file. */
  readonly file: string;
  readonly auths: JsonObject;
  /** Names of credential helpers by key of the server. */
  readonly credHelpers: ReadonlyMap<string, string>;
  /** The credential helper for all other servers; empty when there is none. */
  readonly credsStore: string;
}

/**
 * Reads a `config.json`.
 *
 * @returns undefined when there is no such file
 * @throws NotaryError FILE_UNREADABLE, or MALFORMED_JSON with a message that may quote the content and
 * must therefore not be shown
 */
export function readDockerConfig(file: string): DockerConfig | undefined {
  const found = readRegularFile(file, { followLinks: true });
  if (found === undefined) return undefined;
  return parseDockerConfig(file, found.bytes);
}

/**
 * What `DOCKER_AUTH_CONFIG` holds: the text of a `config.json`, of which docker takes the logins alone.
 *
 * @throws as `readDockerConfig`
 */
export function dockerConfigOfVariable(text: string): DockerConfig {
  const config = parseDockerConfig('DOCKER_AUTH_CONFIG', Buffer.from(text));
  return { ...config, credHelpers: new Map(), credsStore: '' };
}

/** A file without content is one without logins, as in Docker. */
function parseDockerConfig(file: string, bytes: Uint8Array): DockerConfig {
  const text = asUtf8(bytes);
  const isEmpty = Buffer.from(text).toString('latin1').trim() === '';
  const document: JsonObject = isEmpty
    ? new Map()
    : asObject(readJson(text, { fractions: true }), 'the document');
  return {
    file,
    auths: objectOf(document.get('auths')),
    credHelpers: new Map(
      [...objectOf(document.get('credHelpers'))].map(([key, name]) => [key, textOf(name)] as const),
    ),
    credsStore: textOf(document.get('credsStore')),
  };
}

/**
 * The name of the credential helper that keeps the login of a host, or undefined when the file does.
 * An empty name in `credHelpers` exempts a server from `credsStore`, as in Docker.
 */
export function helperFor(config: DockerConfig, host: string): string | undefined {
  const key = matching(config.credHelpers, host);
  const name = key === undefined ? config.credsStore : config.credHelpers.get(key);
  return name === '' ? undefined : name;
}

/**
 * The login of a host that the file itself holds. `auth` (base64 of `user:password`) goes before
 * `username` and `password`.
 *
 * @throws NotaryError MALFORMED_JSON
 */
export function loginInFile(config: DockerConfig, host: string): SavedLogin | undefined {
  const key = matching(config.auths, host);
  if (key === undefined) return undefined;
  const entry = objectOf(config.auths.get(key));
  const auth = textOf(entry.get('auth'));
  const [username, password] =
    auth === '' ? [textOf(entry.get('username')), textOf(entry.get('password'))] : decodeAuth(auth);
  return { username, password, identityToken: textOf(entry.get('identitytoken')) };
}

/** The key that stands for a host: Docker's own for it, or else the first that means the same. */
function matching(entries: ReadonlyMap<string, unknown>, host: string): string | undefined {
  const usual = keyOf(host);
  return entries.has(usual) ? usual : [...entries.keys()].find((key) => hostOf(key) === host);
}

function decodeAuth(auth: string): readonly [username: string, password: string] {
  const bytes = fromBase64(auth);
  const text = bytes === undefined ? '' : Buffer.from(bytes).toString();
  const colon = text.indexOf(':');
  if (colon === -1) throw new NotaryError('MALFORMED_JSON', 'an entry of auths is damaged');
  // Docker pads the password with NUL bytes in some versions, and ignores them.
  return [text.slice(0, colon), trimOf(text.slice(colon + 1), '\0')];
}

/** Go takes null, and a member that is not there, for an empty value. */
function objectOf(value: JsonValue | undefined): JsonObject {
  return value === null || value === undefined ? new Map() : asObject(value, 'a setting');
}

function textOf(value: JsonValue | undefined): string {
  return value === null || value === undefined ? '' : asString(value, 'a setting');
}
