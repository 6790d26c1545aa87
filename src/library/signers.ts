/** Makes the methods of a repository about its signers: delegations, witnesses and rotations. */

import { listDelegations } from '../client/read/list-delegations.ts';
import type { RepositoryPorts } from '../client/repository-ports.ts';
import { checkRotation, rotateKey } from '../client/rotate/rotate-key.ts';
import { parseDelegationKey } from '../client/stage/delegation-key-file.ts';
import { addDelegation, purgeDelegations, removeDelegation } from '../client/stage/delegations.ts';
import { stageWitness } from '../client/stage/witness.ts';
import { asCanonicalKeyId } from '../crypto/keys/key-id.ts';
import type { PrivateKey } from '../crypto/keys/private-key.ts';
import { canonicalKeyId } from '../crypto/keys/verification-key.ts';
import { NotaryError } from '../errors.ts';
import { checkKeyFromFile } from '../keys/user-key-file.ts';
import type { Files } from '../ports/files.ts';
import {
  bytesOf,
  checkObject,
  checkOptions,
  checkSwitch,
  checkText,
  checkTexts,
  textsIn,
} from './check-arguments.ts';
import type { Repository } from './repository.ts';
import { bytesOrFile } from './targets.ts';

type SignerMethods = Pick<
  Repository,
  'delegations' | 'addDelegation' | 'removeDelegation' | 'purgeKeys' | 'witness' | 'rotateKey'
>;

/** How the methods reach the collection and the server. */
export interface SignerAccess {
  readonly files: Files;
  readonly offline: RepositoryPorts;
  reading<Result>(work: (ports: RepositoryPorts) => Promise<Result>): Promise<Result>;
  /** With the right to change everything of the collection. */
  administering<Result>(work: (ports: RepositoryPorts) => Promise<Result>): Promise<Result>;
}

export function signerMethods(access: SignerAccess): SignerMethods {
  return { ...delegationMethods(access), ...rotation(access) };
}

function delegationMethods(access: SignerAccess): Omit<SignerMethods, 'rotateKey'> {
  const { files, offline } = access;
  return {
    delegations: () =>
      access.reading(async (ports) =>
        (await listDelegations(ports)).map(({ name, ...rest }) => ({ role: name, ...rest })),
      ),
    addDelegation: async (role, added) => {
      checkText('addDelegation: the role', role);
      checkObject('addDelegation: its last argument', added, ['keys', 'paths']);
      const paths = textsIn('addDelegation: the option paths', added.paths);
      const keys = [];
      for (const source of listIn('addDelegation: the option keys', added.keys)) {
        const given = bytesOrFile(source);
        const [name, pem] =
          given instanceof Uint8Array ? ['(bytes)', given] : [given.file, await files.read(given.file)];
        keys.push(parseDelegationKey(name, pem, offline));
      }
      if (keys.length + paths.length === 0) throw nothingNamed('addDelegation', 'keys or paths');
      await addDelegation(offline, { role, keys, paths });
      return { keyIds: keys.map(canonicalKeyId) };
    },
    removeDelegation: async (role, removed) => {
      checkText('removeDelegation: the role', role);
      checkObject('removeDelegation: its last argument', removed, ['keyIds', 'paths', 'allPaths', 'whole']);
      const { allPaths = false, whole = false } = removed;
      checkSwitch('removeDelegation: the option allPaths', allPaths);
      checkSwitch('removeDelegation: the option whole', whole);
      const keyIds = textsIn('removeDelegation: the option keyIds', removed.keyIds).map(asCanonicalKeyId);
      const paths = textsIn('removeDelegation: the option paths', removed.paths);
      // An empty list of a script must not remove the delegation.
      if (keyIds.length + paths.length === 0 && !allPaths && !whole)
        throw nothingNamed('removeDelegation', 'keyIds, paths, allPaths or whole');
      if ((whole && keyIds.length > 0) || ((whole || allPaths) && paths.length > 0) || (whole && allPaths))
        throw new NotaryError('USAGE', 'removeDelegation: the options exclude each other');
      await removeDelegation(offline, { role, keyIds, paths, allPaths, whole });
    },
    purgeKeys: async (keyIds) => {
      const ids = textsIn('purgeKeys: the key IDs', keyIds);
      if (ids.length === 0) throw nothingNamed('purgeKeys', 'key IDs');
      await purgeDelegations(offline, ids.map(asCanonicalKeyId));
    },
    witness: async (roles, options) => {
      checkOptions('witness: its last argument', options, ['accept']);
      checkTexts('witness: the option accept', options?.accept);
      const names = textsIn('witness: the roles', roles);
      if (names.length === 0) throw nothingNamed('witness', 'roles');
      await stageWitness(offline, names, options?.accept);
    },
  };
}

function rotation(access: SignerAccess): Pick<SignerMethods, 'rotateKey'> {
  return {
    rotateKey: async (role, options) => {
      checkText('rotateKey: the role', role);
      checkOptions('rotateKey: its last argument', options, ['serverManaged', 'keys', 'legacyRoots']);
      const { serverManaged = false, legacyRoots = 0 } = options ?? {};
      checkSwitch('rotateKey: the option serverManaged', serverManaged);
      if (!Number.isSafeInteger(legacyRoots))
        throw new NotaryError('USAGE', 'rotateKey: the option legacyRoots must be a whole number');
      const keyFiles = listIn('rotateKey: the option keys', options?.keys).map(pemBytes);
      checkRotation(role, serverManaged);
      await access.administering(async (ports) => {
        const broughtKeys: PrivateKey[] = [];
        for (const pem of keyFiles) broughtKeys.push(await openKey(ports, pem, role));
        await rotateKey(ports, {
          role,
          serverManaged,
          broughtKeys,
          newKeyIds: [],
          legacyVersions: legacyRoots,
        });
      });
    },
  };
}

async function openKey(
  { cryptoService }: RepositoryPorts,
  pem: Uint8Array,
  role: string,
): Promise<PrivateKey> {
  const key = await cryptoService.open(pem, role);
  await checkKeyFromFile(cryptoService, key, role);
  return key;
}

/** @throws NotaryError USAGE */
function pemBytes(value: unknown): Uint8Array {
  const bytes = bytesOf(value);
  if (bytes !== undefined) return bytes;
  throw new NotaryError('USAGE', 'rotateKey: each of the option keys must be bytes');
}

/** @throws NotaryError USAGE */
function listIn(what: string, value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value;
  throw new NotaryError('USAGE', `${what} must be a list`);
}

function nothingNamed(method: string, wanted: string): NotaryError {
  return new NotaryError('USAGE', `${method}: at least one must be named: ${wanted}`);
}
