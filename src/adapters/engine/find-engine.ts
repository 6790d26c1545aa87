/**
 * Finds the Docker engine as the docker CLI does: `DOCKER_HOST`, else the context of `DOCKER_CONTEXT` or of
 * `currentContext` in config.json, else the socket of this machine.
 */

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { asUtf8 } from '../../encoding/foreign-text.ts';
import { asObject, asString, readJson } from '../../encoding/json.ts';
import type { JsonObject, JsonValue } from '../../encoding/json-value.ts';
import { oneLine } from '../../encoding/one-line.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import { readRegularFile } from '../fs/read-file.ts';
import type { TlsFiles } from '../http/transport/tls.ts';
import { type EngineAddress, parseEngineHost } from './engine-address.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

/** An engine, and how it is spoken to. */
export interface FoundEngine {
  readonly address: EngineAddress;
  /** Undefined for plain HTTP. */
  readonly tls: TlsFiles | undefined;
  /** Fields that config.json adds to every request. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface EngineLookup {
  /** `DOCKER_HOST`, `DOCKER_CONTEXT`, `DOCKER_TLS_VERIFY`, `DOCKER_TLS`, `DOCKER_CERT_PATH`, `DOCKER_CONFIG`, `HOME`. */
  readonly env: Variables;
  /** Resolves a path against the working directory. */
  readonly absolute: (path: string) => string;
}

const defaultContext = 'default';

/**
 * Where the engine is. Nothing is asked there.
 *
 * @throws NotaryError ENGINE_UNREACHABLE for an address that cannot be used and a context that is not there;
 * FILE_UNREADABLE, MALFORMED_JSON
 */
export function findEngine({ env, absolute }: EngineLookup): FoundEngine {
  const folder = dockerFolder(env, absolute);
  const config = folder === undefined ? emptyConfig : readConfig(join(folder, 'config.json'));
  const { headers } = config;
  const host = env['DOCKER_HOST'] ?? '';
  const name =
    host === '' ? (firstSet(env['DOCKER_CONTEXT'], config.context) ?? defaultContext) : defaultContext;
  if (name !== defaultContext) return { ...ofContext(name, folder), headers };
  const verify = (env['DOCKER_TLS_VERIFY'] ?? '') !== '';
  const secure = verify || (env['DOCKER_TLS'] ?? '') !== '';
  const address = parseEngineHost(host === '' ? 'unix://' : host, secure);
  if (!secure || address.socketPath !== undefined) return { address, tls: undefined, headers };
  const certificates = firstSet(env['DOCKER_CERT_PATH'], folder);
  if (certificates === undefined) throw unknownFolder();
  return { address, tls: tlsFilesIn(absolute(certificates), verify), headers };
}

/** An empty variable counts as none. */
function firstSet(...values: readonly (string | undefined)[]): string | undefined {
  return values.find((value) => value !== undefined && value !== '');
}

/** Docker's configuration directory; undefined when no home directory is known. */
function dockerFolder(env: Variables, absolute: (path: string) => string): string | undefined {
  const { DOCKER_CONFIG: folder = '', HOME: home = '' } = env;
  if (folder !== '') return absolute(folder);
  return home === '' ? undefined : absolute(join(home, '.docker'));
}

/** Docker wants all three files where the certificate is checked; without that, what is there. */
function tlsFilesIn(folder: string, verify: boolean): TlsFiles {
  const [rootCa, clientCert, clientKey] = ['ca.pem', 'cert.pem', 'key.pem'].map((name) => join(folder, name));
  const ca = rootCa !== undefined && verify ? { rootCa } : {};
  const both = [clientCert, clientKey].every((path) => path !== undefined && existsSync(path));
  const client = clientCert !== undefined && clientKey !== undefined && (verify || both);
  return { ...ca, ...(client && { clientCert, clientKey }), skipVerify: !verify };
}

function unknownFolder(): NotaryError {
  return new NotaryError('ENGINE_UNREACHABLE', 'the certificates for the Docker daemon are nowhere', {
    hint: 'DOCKER_CERT_PATH names their directory.',
  });
}

interface EngineConfig {
  readonly context: string;
  readonly headers: Readonly<Record<string, string>>;
}

const emptyConfig: EngineConfig = { context: '', headers: {} };

/** What config.json says of the engine. @throws NotaryError FILE_UNREADABLE, MALFORMED_JSON without any of its content */
function readConfig(file: string): EngineConfig {
  const found = readRegularFile(file, { followLinks: true });
  if (found === undefined || found.bytes.length === 0) return emptyConfig;
  // Logins stand in the same file: what is wrong with it is not quoted.
  const document = withoutContent(file, () => documentOf(found.bytes));
  return withoutContent(file, () => ({
    context: textOf(document.get('currentContext')),
    headers: usableHeaders(objectOf(document.get('HttpHeaders'))),
  }));
}

function documentOf(bytes: Uint8Array): JsonObject {
  const text = asUtf8(bytes);
  const isEmpty = Buffer.from(text).toString('latin1').trim() === '';
  return isEmpty ? new Map() : asObject(readJson(text, { fractions: true }), 'the document');
}

function withoutContent<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    throw new NotaryError('MALFORMED_JSON', `${file} is damaged`, { details: { file } });
  }
}

/** Fields that say how the message is framed, or who sends it, are not the user's. */
const ownFields =
  /^(?:host|user-agent|connection|content-length|transfer-encoding|upgrade|expect|x-registry-auth)$/i;

function usableHeaders(fields: JsonObject): Readonly<Record<string, string>> {
  const entries = [...fields].map(([name, value]) => [name, textOf(value)] as const);
  const usable = entries.filter(
    ([name, value]) =>
      /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) && /^[\t\x20-\x7e]*$/.test(value) && !ownFields.test(name),
  );
  return Object.fromEntries(usable);
}

/** A context of `docker context create`, in a directory that is named by the digest of its name. */
function ofContext(name: string, folder: string | undefined): Omit<FoundEngine, 'headers'> {
  const shown = oneLine(name);
  if (folder === undefined) throw missingContext(shown, '~/.docker');
  const digest = createHash('sha256').update(name).digest('hex');
  const file = join(folder, 'contexts/meta', digest, 'meta.json');
  const found = readRegularFile(file, { followLinks: true });
  if (found === undefined) throw missingContext(shown, file);
  const endpoint = withoutContent(file, () => endpointOf(documentOf(found.bytes)));
  if (endpoint === undefined) {
    throw new NotaryError('ENGINE_UNREACHABLE', `context "${shown}": no docker endpoint`, {
      details: { context: shown },
      hint: `docker context inspect ${JSON.stringify(shown)} shows what it holds.`,
    });
  }
  const certificates = join(folder, 'contexts/tls', digest, 'docker');
  const files = contextTls(certificates, endpoint.skipVerify);
  const address = parseEngineHost(endpoint.host === '' ? 'unix://' : endpoint.host, files !== undefined);
  return { address, tls: address.socketPath === undefined ? files : undefined };
}

interface Endpoint {
  readonly host: string;
  readonly skipVerify: boolean;
}

function endpointOf(meta: JsonObject): Endpoint | undefined {
  const endpoint = objectOf(meta.get('Endpoints')).get('docker');
  if (endpoint === undefined || endpoint === null) return undefined;
  const members = asObject(endpoint, 'the endpoint');
  return { host: textOf(members.get('Host')), skipVerify: members.get('SkipTLSVerify') === true };
}

/** As docker: TLS where the context has any file for it, or need not check the certificate. */
function contextTls(folder: string, skipVerify: boolean): TlsFiles | undefined {
  const [rootCa, clientCert, clientKey] = ['ca.pem', 'cert.pem', 'key.pem']
    .map((name) => join(folder, name))
    .map((path) => (existsSync(path) ? path : undefined));
  if (rootCa === undefined && clientCert === undefined && clientKey === undefined && !skipVerify)
    return undefined;
  return {
    ...(rootCa !== undefined && { rootCa }),
    ...(clientCert !== undefined && { clientCert }),
    ...(clientKey !== undefined && { clientKey }),
    skipVerify,
  };
}

function missingContext(name: string, file: string): NotaryError {
  return new NotaryError('ENGINE_UNREACHABLE', `context "${name}": context not found: there is no ${file}`, {
    details: { context: name },
    hint: 'docker context ls lists them; DOCKER_CONTEXT, or "currentContext" of config.json, names this one.',
  });
}

/** Go takes null, and a member that is not there, for an empty value. */
function objectOf(value: JsonValue | undefined): JsonObject {
  return value === null || value === undefined ? new Map() : asObject(value, 'a setting');
}

function textOf(value: JsonValue | undefined): string {
  return value === null || value === undefined ? '' : asString(value, 'a setting');
}
