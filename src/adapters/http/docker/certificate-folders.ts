/**
 * Reads the directories in which docker keeps CAs and client certificates for one host: `certs.d/HOST[:PORT]` for
 * registries, `tls/HOST[:PORT]` for trust servers. By docker's rule `NAME.crt` is a CA, and `NAME.cert` with
 * `NAME.key` a client certificate; other files are ignored.
 */

import { type Dirent, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isNotaryError, NotaryError, rephrased, sameWords } from '../../../errors.ts';
import { errorCode } from '../../../go/errno.ts';
import type { Log } from '../../../ports/log.ts';
import { readRegularFile } from '../../fs/read-file.ts';
import type { MoreTls } from '../transport/tls.ts';
import { certificatesIn, isCertificate, pemOf, readFault, readKeyPair } from '../transport/tls-files.ts';

/** A directory with the certificates for one host; it need not exist. */
export interface CertificateFolder {
  readonly path: string;
  /**
   * The engine's, which belongs to root: a file in it that this user cannot read is left out with a warning. In any
   * other directory it is an error.
   */
  readonly ofEngine: boolean;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** Docker's configuration directory: `DOCKER_CONFIG`, or `.docker` in the home; undefined without either. */
function dockerFolder(env: Variables): string | undefined {
  const { DOCKER_CONFIG: folder = '', HOME: home = '' } = env;
  if (folder !== '') return folder;
  return home === '' ? undefined : join(home, '.docker');
}

/**
 * Where docker looks for the certificates of a trust server.
 *
 * @param host `host` or `host:port`, as the server's URL has it
 */
export function trustServerFolders(env: Variables, host: string): readonly CertificateFolder[] {
  return present([[dockerFolder(env), 'tls']], host);
}

/**
 * Where the certificates of a registry may be: the user's own for trust servers and for registries, then the engine's.
 *
 * @param host `host` or `host:port`, as image names have it
 * @param engine the engine's directory
 */
export function registryFolders(
  env: Variables,
  host: string,
  engine = '/etc/docker/certs.d',
): readonly CertificateFolder[] {
  const { HOME: home = '' } = env;
  const own = present(
    [
      [dockerFolder(env), 'tls'],
      [home === '' ? undefined : join(home, '.docker'), 'certs.d'],
    ],
    host,
  );
  return [...own, { path: join(engine, host), ofEngine: true }];
}

function present(
  folders: readonly (readonly [parent: string | undefined, name: string])[],
  host: string,
): readonly CertificateFolder[] {
  return folders.flatMap(([parent, name]) =>
    parent === undefined ? [] : [{ path: join(parent, name, host), ofEngine: false }],
  );
}

/**
 * Reads the directories. Of several client certificates the first by directory and name is used.
 *
 * A `.crt` without a certificate, which docker ignores silently, gets a warning.
 *
 * @param folders absolute, or below the working directory
 * @throws NotaryError TLS_CONFIG_INVALID in docker's words: `missing key client.key for client certificate client.cert.
 * CA certificates must use the extension .crt`, `tls: private key does not match public key`
 */
export async function readCertificateFolders(
  folders: readonly CertificateFolder[],
  log: Log,
): Promise<MoreTls> {
  const trustedCas: string[] = [];
  const pairs: (Pair & CertificateFolder)[] = [];
  for (const folder of folders) {
    const names = namesIn(folder, log);
    for (const name of names.filter((one) => one.endsWith('.crt'))) {
      for (const certificate of casIn(join(folder.path, name), folder, log)) trustedCas.push(certificate);
    }
    for (const pair of pairsIn(folder.path, names)) pairs.push({ ...pair, ...folder });
  }
  const clients = [];
  for (const pair of pairs) {
    const client = await unlessLocked(pair, log, () => readKeyPair(pair.cert, pair.key));
    if (client !== undefined) clients.push({ pair, client });
  }
  const [first, second] = clients;
  if (first !== undefined && second !== undefined) {
    log.warn(
      `the client certificate ${first.pair.cert} is used, and ${second.pair.cert} is not: a server is shown only one`,
      'CERTIFICATE_IGNORED',
    );
  }
  return { trustedCas, client: first?.client };
}

interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** Regular files, and links to such; sorted, so that the order is the same on every file system. */
function namesIn(folder: CertificateFolder, log: Log): readonly string[] {
  let entries: readonly Dirent[];
  try {
    entries = readdirSync(folder.path, { withFileTypes: true });
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return [];
    if (folder.ofEngine) {
      log.warn(`certificates are not used: ${readFault(folder.path, cause)}`, 'CERTIFICATE_IGNORED');
      return [];
    }
    throw invalid(readFault(folder.path, cause), folder.path, cause);
  }
  return entries
    .filter(
      (entry) => entry.isFile() || (entry.isSymbolicLink() && !leadsElsewhere(join(folder.path, entry.name))),
    )
    .map(({ name }) => name)
    .sort();
}

/** Whether a link leads to a directory, a pipe or a device. What leads nowhere is reported when it is read. */
function leadsElsewhere(path: string): boolean {
  try {
    return !statSync(path).isFile();
  } catch {
    return false;
  }
}

function casIn(path: string, folder: CertificateFolder, log: Log): readonly string[] {
  const file = readCa(path, folder, log);
  if (file === 'locked') return [];
  const found = file === undefined ? [] : certificatesIn(pemOf(file)).filter(isCertificate);
  if (found.length === 0) {
    const reason =
      file === undefined
        ? 'it is a link that leads nowhere'
        : 'there is no certificate in it that can be read';
    log.warn(`${path} is ignored: ${reason}`, 'CERTIFICATE_IGNORED');
  }
  return found;
}

function readCa(path: string, folder: CertificateFolder, log: Log): Uint8Array | 'locked' | undefined {
  try {
    return readRegularFile(path, { followLinks: true })?.bytes;
  } catch (error) {
    if (!isNotaryError(error, 'FILE_UNREADABLE')) throw error;
    if (!folder.ofEngine) throw rephrased(error, sameWords, { code: 'TLS_CONFIG_INVALID' });
    log.warn(`a certificate is not used: ${error.message}`, 'CERTIFICATE_IGNORED');
    return 'locked';
  }
}

function pairsIn(folder: string, names: readonly string[]): readonly Pair[] {
  const has = new Set(names);
  return names.flatMap((name) => {
    if (name.endsWith('.key')) {
      const cert = name.replace(/\.key$/, '.cert');
      if (has.has(cert)) return [];
      throw invalid(`missing client certificate ${cert} for key ${name}`, join(folder, name));
    }
    if (!name.endsWith('.cert')) return [];
    const key = name.replace(/\.cert$/, '.key');
    if (has.has(key)) return [{ cert: join(folder, name), key: join(folder, key) }];
    throw invalid(
      `missing key ${key} for client certificate ${name}. CA certificates must use the extension .crt`,
      join(folder, name),
    );
  });
}

/** What the work gives, or undefined and a warning for files of the engine that this user cannot read. */
async function unlessLocked<T>(
  folder: CertificateFolder,
  log: Log,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!isNotaryError(error, 'TLS_CONFIG_INVALID')) throw error;
    const unreadable = /^E(?!RR_)/.test(errorCode(error.cause));
    if (!folder.ofEngine || !unreadable) throw error;
    log.warn(`a client certificate is not used: ${error.message}`, 'CERTIFICATE_IGNORED');
    return undefined;
  }
}

function invalid(reason: string, file: string, cause?: unknown): NotaryError {
  return new NotaryError('TLS_CONFIG_INVALID', reason, { details: { file }, cause });
}
