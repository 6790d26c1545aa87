/** Composes the ports of the library's verbs from the adapters. It changes nothing of the process itself. */

import { openKeyStorage } from '../adapters/fs/file-key-storage.ts';
import { makeKeyFolder } from '../adapters/fs/trust-dir.ts';
import type { Access } from '../adapters/http/auth/authorization.ts';
import type { CredentialSource } from '../adapters/http/auth/credentials.ts';
import type { Connection } from '../adapters/http/notary/connect.ts';
import { offlineStore } from '../adapters/http/notary/offline-store.ts';
import { systemClock } from '../adapters/system/clock.ts';
import { systemFiles } from '../adapters/system/files.ts';
import { systemRandom } from '../adapters/system/random.ts';
import type { RepositoryPorts } from '../client/repository-ports.ts';
import { openConnection } from '../composition/connections.ts';
import { openStoredRepository } from '../composition/repository.ts';
import { cautionFor } from '../composition/strictness.ts';
import { NotaryError } from '../errors.ts';
import { type CryptoService, makeCryptoService } from '../keys/crypto-service.ts';
import { KeyStore } from '../keys/key-store.ts';
import { type Gun, parseGun } from '../metadata/gun.ts';
import type { Clock } from '../ports/clock.ts';
import type { Files } from '../ports/files.ts';
import type { Log } from '../ports/log.ts';
import type { PassphraseRetriever, Prompter } from '../ports/prompts.ts';
import type { KeyStorage } from '../ports/trust-dir.ts';
import { checkCredentials } from './check-arguments.ts';
import { askedPassphrase } from './passphrase.ts';
import type { OpenOptions } from './repository.ts';
import type { KeysOptions } from './stored-keys.ts';
import { readPins } from './trust-pins.ts';

/** The ports of one collection, for offline work or with a connection. */
export interface RepositoryHandle {
  readonly gun: Gun;
  readonly files: Files;
  readonly offline: RepositoryPorts;
  /** The same with a server, which is pinged when a kind of access is first needed. */
  online(access: Access): Promise<RepositoryPorts>;
  /** Why the server could not be reached. */
  unreachable(): string | undefined;
  /** Pings the server again next time: a connection does not return to a server that it gave up. */
  reconnect(): void;
  close(): Promise<void>;
}

/** A prompter without a user: it refuses every question. */
const noPrompter: Prompter = {
  interactive: false,
  line: async () => undefined,
  secret: async () => undefined,
  ask: async () => undefined,
  confirm: async () => false,
};

/**
 * Opens the parts of the trust directory that belong to a GUN.
 *
 * @param server the checked URL; undefined when there is no server
 * @throws NotaryError INVALID_GUN, FILE_UNWRITABLE
 */
export async function compose(
  options: OpenOptions,
  server: string | undefined,
  log: Log,
): Promise<RepositoryHandle> {
  const files = systemFiles('.', async () => new Uint8Array());
  const clock = systemClock();
  const gun = parseGun(options.gun);
  const offline = await offlinePorts(options, { gun, files, clock, log });
  let unreachable = server === undefined ? 'no server was given' : undefined;
  const recordingLog: Log = {
    ...log,
    error(message, code) {
      unreachable = message;
      log.error(message, code);
    },
  };
  let closed = false;
  const usable = new Map<Access, Promise<Connection>>();
  const opened: Promise<Connection>[] = [];
  const connection = (serverUrl: string, access: Access): Promise<Connection> => {
    const known = usable.get(access);
    if (known !== undefined) return known;
    const made = connectTo(options, { serverUrl, access, files, clock, log: recordingLog });
    usable.set(access, made);
    opened.push(made);
    return made;
  };
  return {
    ...{ gun, files, offline },
    async online(access) {
      if (closed)
        throw new NotaryError('USAGE', `${gun}: the repository has been closed`, { details: { gun } });
      if (server === undefined) return offline;
      return { ...offline, remote: (await connection(server, access)).remoteStore(gun) };
    },
    unreachable: () => unreachable,
    reconnect: () => usable.clear(),
    close: async () => {
      closed = true;
      for (const one of await Promise.allSettled(opened)) {
        if (one.status === 'fulfilled') await one.value.close();
      }
    },
  };
}

/** The private keys of a trust directory. */
export interface KeysHandle {
  readonly storage: KeyStorage;
  readonly files: Files;
  readonly log: Log;
  /**
   * The keys with a passphrase retriever that has heard nothing yet.
   *
   * @param passphrase in place of what the script gave when it opened the keys
   */
  open(passphrase?: string): {
    readonly store: KeyStore;
    readonly retrieve: PassphraseRetriever;
    readonly cryptoService: CryptoService;
  };
}

/** @throws NotaryError FILE_UNWRITABLE */
export function composeKeys(options: KeysOptions, log: Log): KeysHandle {
  const files = systemFiles('.', async () => new Uint8Array());
  const trustDir = files.absolute(options.trustDir);
  makeKeyFolder(trustDir);
  const storage = openKeyStorage(trustDir, log);
  return {
    ...{ storage, files, log },
    open: (passphrase) => {
      const retrieve = askedPassphrase(passphrase ?? options.passphrase, 'openKeys');
      const store = new KeyStore(storage, retrieve, log);
      return { store, retrieve, cryptoService: makeCryptoService(store, retrieve, log) };
    },
  };
}

interface Services {
  readonly files: Files;
  readonly clock: Clock;
  readonly log: Log;
}

async function offlinePorts(
  options: OpenOptions,
  { gun, files, clock, log }: Services & { readonly gun: Gun },
): Promise<RepositoryPorts> {
  const trustDir = files.absolute(options.trustDir);
  const pinning = await readPins(options.pins, files);
  const stored = openStoredRepository(trustDir, gun, { clock, log, uuid: () => crypto.randomUUID() });
  const retrieve = askedPassphrase(options.passphrase);
  const keys = new KeyStore(openKeyStorage(trustDir, log), retrieve, log);
  return {
    ...stored,
    gun,
    clock,
    log,
    pinning,
    remote: offlineStore,
    random: systemRandom,
    cryptoService: makeCryptoService(keys, retrieve, log),
    caution: cautionFor(options.strict === true ? 'all' : 'none', log),
  };
}

async function connectTo(
  options: OpenOptions,
  {
    serverUrl,
    access,
    files,
    clock,
    log,
  }: Services & { readonly serverUrl: string; readonly access: Access },
): Promise<Connection> {
  const { ca, clientCert, clientKey, environment = {} } = options;
  return openConnection(files, {
    serverUrl,
    tls: { ca, clientCert, clientKey, skipVerify: false },
    // The environment and the prompts of the command line do not apply to the library.
    env: { ...environment, NOTARY_AUTH: undefined },
    logins: loginsOf(options.credentials),
    prompter: noPrompter,
    embedded: true,
    ...{ clock, access, log },
  });
}

function loginsOf(credentials: OpenOptions['credentials']): CredentialSource {
  return {
    find: async () => {
      const found = typeof credentials === 'function' ? await credentials() : credentials;
      checkCredentials(found);
      return found;
    },
  };
}
