/** Opens a trusted collection for a script. */

import { addTarget } from '../client/add-target.ts';
import { findTarget } from '../client/find-target.ts';
import { findRootKey, initialize } from '../client/initialize.ts';
import { listChanges } from '../client/list-changes.ts';
import { listTargets } from '../client/list-targets.ts';
import { publish } from '../client/publish.ts';
import { removeTarget } from '../client/remove-target.ts';
import { resetChanges } from '../client/reset-changes.ts';
import { verifyPayload } from '../client/verify-payload.ts';
import { isNotaryError, NotaryError } from '../errors.ts';
import type { Log } from '../ports.ts';
import { type Composition, compose } from './compose.ts';
import type { OpenOptions, Repository } from './repository.ts';
import { isBytes, metaOf, plainTarget } from './targets.ts';

/**
 * Opens a collection. Its folders are made; the server is not asked before a method needs it.
 *
 *     const repository = await openRepository({
 *       trustDir: '/home/ci/.notary',
 *       gun: 'docker.io/user/image',
 *       server: 'https://notary.example.com',
 *       passphrase: process.env.SIGNING_PASSPHRASE,
 *     });
 *     try {
 *       await repository.add('1.0', { file: 'release.tar' });
 *       await repository.publish();
 *       for (const { name, hashes } of await repository.list()) console.log(name, hashes.sha256);
 *     } finally {
 *       await repository.close();
 *     }
 *
 * @throws NotaryError USAGE for an option of another type, INVALID_GUN, SERVER_URL_INVALID,
 * TRUST_PINNING_INVALID, FILE_UNWRITABLE
 */
export async function openRepository(options: OpenOptions): Promise<Repository> {
  for (const name of ['trustDir', 'gun'] as const) {
    if (typeof options[name] === 'string' && options[name] !== '') continue;
    throw new NotaryError('USAGE', `openRepository: the option ${name} must be a text that is not empty`);
  }
  return repository(await compose(options, checkedServer(options.server), logOf(options)));
}

function logOf({ onLog }: OpenOptions): Log {
  const teller = (level: keyof Log) => (message: string, code?: string) =>
    onLog?.({ level, message, ...(code !== undefined && { code }) });
  return { debug: teller('debug'), info: teller('info'), warn: teller('warn'), error: teller('error') };
}

/**
 * The URL without a slash at its end.
 *
 * @throws NotaryError SERVER_URL_INVALID for anything but http and https, and for a user name in the URL
 */
function checkedServer(server: string | undefined): string | undefined {
  if (server === undefined) return undefined;
  const url = URL.canParse(server) ? new URL(server) : undefined;
  const web = url?.protocol === 'https:' || url?.protocol === 'http:';
  if (
    url !== undefined &&
    web &&
    url.username === '' &&
    url.password === '' &&
    url.search + url.hash === ''
  ) {
    return url.href.replace(/\/+$/, '');
  }
  throw new NotaryError('SERVER_URL_INVALID', 'the option server must look like https://HOST:PORT', {
    hint: 'User name and password are given by the option "credentials".',
  });
}

function repository(parts: Composition): Repository {
  const { gun, files, offline } = parts;
  const reading = <Result>(work: (ports: typeof offline) => Promise<Result>) =>
    reachable(parts, async () => work(await parts.online('pull')));
  const writing = <Result>(work: (ports: typeof offline) => Promise<Result>) =>
    reachable(parts, async () => work(await parts.online('push,pull')));
  return {
    gun,
    init: ({ rootKey, rootCertificate } = {}) =>
      writing(async (ports) => {
        const brought = {
          ...(rootKey !== undefined && { rootKeyPem: rootKey }),
          ...(rootCertificate !== undefined && { rootCertificatePem: rootCertificate }),
        };
        return initialize(ports, await findRootKey(ports, brought));
      }),
    list: ({ roles = [] } = {}) =>
      reading(async (ports) => (await listTargets(ports, { roles })).map(plainTarget)),
    lookup: (name) => reading(async (ports) => plainTarget(await findTarget(ports, name))),
    verify: (name, content) =>
      reading(async (ports) => {
        const payload = isBytes(content) ? content : await files.read(content.file);
        const target = await findTarget(ports, name);
        if (!verifyPayload(target, payload)) {
          const lengths = `the recorded length of ${name} is ${target.meta.length} bytes, that of the content ${payload.length}`;
          ports.caution('LENGTH_MISMATCH', lengths, { gun, target: name });
        }
        return plainTarget(target);
      }),
    add: async (name, content, { roles = [], custom } = {}) =>
      addTarget(offline, { name, meta: await metaOf(content, custom, files), roles }),
    remove: (name, { roles = [] } = {}) => removeTarget(offline, { name, roles }),
    status: async () =>
      (await listChanges(offline)).map(({ index, action, scope, type, path }) => ({
        ...{ index, action, role: scope, type, path },
      })),
    reset: (indexes) => resetChanges(offline, { all: indexes === undefined, indexes: indexes ?? [] }),
    publish: () => writing(publish),
    close: () => parts.close(),
  };
}

/** Where a record would tell a person why there is no server, the error itself tells a script. */
async function reachable<Result>(
  { unreachable, beginAnew }: Pick<Composition, 'unreachable' | 'beginAnew'>,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (isNotaryError(error, 'OFFLINE', 'NETWORK', 'TLS_CONFIG_INVALID')) beginAnew();
    const reason = unreachable();
    if (!isNotaryError(error, 'OFFLINE') || reason === undefined) throw error;
    throw new NotaryError('OFFLINE', `${error.message}: ${reason}`, {
      details: error.details,
      hint: 'Check the options "server" and "ca", and the way to the server.',
      cause: error,
    });
  }
}
