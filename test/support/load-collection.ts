/** Reads a collection in the one order in which it is verified, up to the first failure. */

import { isNotaryError, NotaryError } from '../../src/errors.ts';
import { noPinning, type TrustPinning } from '../../src/trust-pinning/trust-pinning.ts';
import { RepoBuilder } from '../../src/tuf/repo-builder.ts';
import type { SealedCollection } from './sealed-collection.ts';

export interface Loading {
  readonly builder: RepoBuilder;
  /** Where it stopped; undefined when everything was loaded. */
  readonly stop: { readonly role: string; readonly error: NotaryError } | undefined;
  /** What has been loaded, in order. */
  readonly loaded: readonly string[];
}

export interface LoadingOptions {
  /** The version of every role that the reader has seen before. */
  readonly minVersion?: number;
  readonly pinning?: TrustPinning;
  /** Passes over delegations that have expired or have too few signatures, as a client does. */
  readonly lenient?: boolean;
}

/** Loads base roles first, then `delegations` (those among the files unless told), parents before children. */
export function loadCollection(
  { files, gun, now }: Pick<SealedCollection, 'files' | 'gun' | 'now'>,
  options: LoadingOptions & { readonly delegations?: readonly string[] } = {},
): Loading {
  const { minVersion = 1, pinning = noPinning, lenient = false } = options;
  const builder = new RepoBuilder({ gun, now, pinning });
  const delegations = options.delegations ?? [...files.keys()].filter((role) => role.startsWith('targets/'));
  const done = (stop: Loading['stop']): Loading => ({ builder, stop, loaded: loadedIn(builder) });
  for (const role of ['root', 'timestamp', 'snapshot', 'targets', ...delegations]) {
    try {
      load(builder, role, files.get(role), minVersion);
    } catch (error) {
      if (!isNotaryError(error)) throw error;
      const passed = isNotaryError(error, 'EXPIRED', 'ROLE_THRESHOLD', 'NO_SUCH_ROLE');
      if (!lenient || !role.includes('/') || !passed) return done({ role, error });
    }
  }
  return done(undefined);
}

function load(builder: RepoBuilder, role: string, bytes: Uint8Array | undefined, minVersion: number): void {
  if (bytes === undefined) throw new NotaryError('METADATA_NOT_FOUND', `${role} is gone`);
  if (role === 'root') builder.loadRoot(bytes, { minVersion });
  else if (role === 'timestamp') builder.loadTimestamp(bytes, { minVersion });
  else if (role === 'snapshot') builder.loadSnapshot(bytes, { minVersion });
  else builder.loadTargets(role, bytes, { minVersion });
}

function loadedIn(builder: RepoBuilder): readonly string[] {
  return [
    ...(builder.root === undefined ? [] : ['root']),
    ...(builder.timestamp === undefined ? [] : ['timestamp']),
    ...(builder.snapshot === undefined ? [] : ['snapshot']),
    ...builder.targets.keys(),
  ];
}
