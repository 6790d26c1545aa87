/** Opens a trusted collection for a script. */

import { findRootKey } from '../client/initialize/choose-root-key.ts';
import { initialize } from '../client/initialize/initialize.ts';
import { publish } from '../client/publish/publish.ts';
import { findTarget } from '../client/read/find-target.ts';
import { listTargets } from '../client/read/list-targets.ts';
import { targetData } from '../client/read/target-data.ts';
import { maxPayloadBytes, verifyPayload } from '../client/read/verify-payload.ts';
import { addTarget } from '../client/stage/add-target.ts';
import { describedChanges } from '../client/stage/change-details.ts';
import { listChanges } from '../client/stage/list-changes.ts';
import { removeTarget } from '../client/stage/remove-target.ts';
import { resetChanges } from '../client/stage/reset-changes.ts';
import { trimEndOf } from '../encoding/trim.ts';
import { webUrlDefect } from '../encoding/web-url.ts';
import { isNotaryError, NotaryError, rephrased } from '../errors.ts';
import {
  checkChosen,
  checkIndexes,
  checkOpenOptions,
  checkOptions,
  checkText,
  optionalBytes,
} from './check-arguments.ts';
import { compose, type RepositoryHandle } from './compose.ts';
import { logOf } from './log.ts';
import type { InitOptions, OpenOptions, Repository, TargetRoles } from './repository.ts';
import { signerMethods } from './signers.ts';
import { bytesOrFile, metaOf } from './targets.ts';

/**
 * Opens a collection. It makes the directories; it asks the server nothing before a method needs it.
 *
 *     let repository;
 *     try {
 *       repository = await openRepository({
 *         trustDir: '/home/ci/.notary',
 *         gun: 'docker.io/user/image',
 *         server: 'https://notary.example.com',
 *         passphrase: process.env.SIGNING_PASSPHRASE,
 *       });
 *       await repository.add('1.0', { file: 'release.tar' });
 *       await repository.publish();
 *       for (const { name, hashes } of await repository.list()) console.log(name, hashes.sha256);
 *     } finally {
 *       await repository?.close();
 *     }
 *
 * @throws NotaryError USAGE for an option of another type, INVALID_GUN, SERVER_URL_INVALID, TRUST_PINNING_INVALID,
 * FILE_UNWRITABLE
 */
export async function openRepository(options: OpenOptions): Promise<Repository> {
  checkOpenOptions(options);
  return repository(await compose(options, checkedServer(options.server), logOf(options)));
}

/**
 * The URL without a slash at its end.
 *
 * @throws NotaryError SERVER_URL_INVALID for anything but http and https, and for a user name in the URL
 */
function checkedServer(server: string | undefined): string | undefined {
  if (server === undefined) return undefined;
  const defect = webUrlDefect(server);
  const url = defect === undefined ? new URL(server) : undefined;
  if (url !== undefined && url.username + url.password + url.search + url.hash === '')
    return trimEndOf(url.href, '/');
  throw new NotaryError('SERVER_URL_INVALID', 'the option server must look like https://HOST:PORT', {
    hint:
      defect === undefined
        ? 'User name and password are given by the option "credentials".'
        : `The server URL cannot be used: ${defect}.`,
  });
}

function repository(parts: RepositoryHandle): Repository {
  const { gun, files, offline } = parts;
  const reading = <Result>(work: (ports: typeof offline) => Promise<Result>) =>
    reachable(parts, async () => work(await parts.online('pull')));
  const writing = <Result>(work: (ports: typeof offline) => Promise<Result>) =>
    reachable(parts, async () => work(await parts.online('push,pull')));
  const administering = <Result>(work: (ports: typeof offline) => Promise<Result>) =>
    reachable(parts, async () => work(await parts.online('*')));
  return {
    gun,
    ...signerMethods({ files, offline, reading, administering }),
    init: async (options = {}) => {
      const brought = broughtKey(options);
      return writing(async (ports) => initialize(ports, await findRootKey(ports, brought)));
    },
    list: async (options) => {
      const roles = rolesOf('list', options);
      return reading(async (ports) => (await listTargets(ports, { roles })).map(targetData));
    },
    lookup: async (name) => {
      checkText('lookup: the name', name);
      return reading(async (ports) => targetData(await findTarget(ports, name)));
    },
    verify: async (name, content) => {
      checkText('verify: the name', name);
      const source = bytesOrFile(content);
      return reading(async (ports) => {
        const payload =
          source instanceof Uint8Array ? source : await files.read(source.file, maxPayloadBytes);
        const target = await findTarget(ports, name);
        if (!verifyPayload(target, payload)) {
          const lengths = `the recorded length of ${name} is ${target.meta.length} bytes, that of the content ${payload.length}`;
          ports.caution('LENGTH_MISMATCH', lengths, { gun, target: name });
        }
        return targetData(target);
      });
    },
    add: async (name, content, options) => {
      checkText('add: the name', name);
      const roles = rolesOf('add', options);
      await addTarget(offline, { name, meta: await metaOf(content, options?.custom, files), roles });
    },
    remove: async (name, options) => {
      checkText('remove: the name', name);
      await removeTarget(offline, { name, roles: rolesOf('remove', options) });
    },
    status: async () => describedChanges(offline.cache, await listChanges(offline), undefined),
    reset: async (indexes) => {
      checkIndexes(indexes);
      await resetChanges(offline, { all: indexes === undefined, indexes: indexes ?? [] });
    },
    publish: () => writing(publish),
    close: () => parts.close(),
  };
}

/** @throws NotaryError USAGE */
function broughtKey(options: InitOptions): Parameters<typeof findRootKey>[1] {
  checkOptions('init: its argument', options, ['rootKey', 'rootCertificate']);
  const rootKeyPem = optionalBytes('init: the option rootKey', options.rootKey);
  const rootCertificatePem = optionalBytes('init: the option rootCertificate', options.rootCertificate);
  return {
    ...(rootKeyPem !== undefined && { rootKeyPem }),
    ...(rootCertificatePem !== undefined && { rootCertificatePem }),
  };
}

/** @throws NotaryError USAGE */
function rolesOf(method: string, options: TargetRoles | undefined): readonly string[] {
  checkOptions(`${method}: its last argument`, options, method === 'add' ? ['roles', 'custom'] : ['roles']);
  checkChosen(`${method}: the option roles`, options?.roles);
  return options?.roles ?? [];
}

/** The command line logs why there is no server; for a script, the error itself says it. */
async function reachable<Result>(
  { unreachable, reconnect: beginAnew }: Pick<RepositoryHandle, 'unreachable' | 'reconnect'>,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (isNotaryError(error, 'OFFLINE', 'NETWORK', 'TLS_CONFIG_INVALID')) beginAnew();
    const reason = unreachable();
    if (!isNotaryError(error, 'OFFLINE') || reason === undefined) throw error;
    throw rephrased(error, (message) => `${message}: ${reason}`, {
      hint: 'Check the options "server" and "ca", and the way to the server.',
    });
  }
}
