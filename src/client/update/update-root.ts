/**
 * Updates the root: from the trusted one to the newest, version by version where necessary (Notary 0.7.0; TUF 5.3).
 */

import { isNotaryError, NotaryError } from '../../errors.ts';
import { hasExpired } from '../../metadata/expiry.ts';
import type { FileMeta } from '../../metadata/file-meta.ts';
import { maxRootSteps, sizeLimits } from '../../metadata/limits.ts';
import { parseRoot, type Root } from '../../metadata/root.ts';
import { parseEnvelope, type Signed } from '../../metadata/signed.ts';
import type { TrustPinning } from '../../trust-pinning/trust-pinning.ts';
import { type AcceptsExpired, RepoBuilder } from '../../tuf/repo-builder.ts';
import type { VerificationAllowance } from '../../tuf/verification-allowance.ts';
import { asResult, orThrow, withRole } from '../fetch/deferred-failure.ts';
import { consistentName } from '../fetch/fetch-metadata.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { checkNotReplaced } from './rollback-checks.ts';

export interface ChainSettings {
  readonly gun: string;
  readonly pinning: TrustPinning;
  readonly now: Date;
  /** What a snapshot has said of the newest root. */
  readonly rootMeta: FileMeta | undefined;
  /** What verifying may cost, shared by all roots of the chain. */
  readonly allowance: VerificationAllowance;
  readonly acceptsExpired?: AcceptsExpired | undefined;
  /** Is told of each root on the way that has been verified, in order; neither of the first nor of the last one. */
  readonly onStep?: (root: Signed<Root>) => void;
}

/**
 * Downloads the newest root. When the trusted root's keys have signed it, that is enough, however far
 * it is ahead; else every root in between is fetched and each must be signed by its predecessor.
 * Roots on the way may have expired; the newest may not.
 *
 * @returns a builder with the newest root loaded, and its bytes
 * @throws NotaryError ROOT_ROTATION, ROOT_VALIDATION, LOW_VERSION, EXPIRED, and the server's codes
 */
export async function followRootChain(
  { remote }: Pick<RepositoryPorts, 'remote'>,
  settings: ChainSettings,
  trusted: Signed<Root> | undefined,
  maxBytes: number,
): Promise<{ readonly builder: RepoBuilder; readonly bytes: Uint8Array }> {
  const { rootMeta } = settings;
  const name = consistentName('root', rootMeta);
  const bytes = await withRole('root', remote.get(name, Math.min(rootMeta?.length ?? maxBytes, maxBytes)));
  const minVersion = trusted?.content.version ?? 1;
  const direct = new RepoBuilder({ ...settings, previousRoot: trusted });
  try {
    const root = direct.loadRoot(bytes, { minVersion });
    if (trusted !== undefined) {
      const isPast = hasExpired(trusted.content.expires, settings.now);
      const expired = isPast && settings.acceptsExpired?.('root') !== true;
      const { signed } = trusted.envelope;
      checkNotReplaced(root, { role: 'root', version: minVersion, signed, expired });
    }
    return { builder: direct, bytes };
  } catch (error) {
    if (trusted === undefined || !isNotaryError(error, 'ROOT_ROTATION')) throw error;
  }
  const newest = parseRoot(parseEnvelope(bytes)).content.version;
  const last = await walkRootVersions(remote, settings, trusted, newest, bytes.length);
  const builder = new RepoBuilder({ ...settings, previousRoot: last });
  builder.loadRoot(bytes, { minVersion: newest });
  return { builder, bytes };
}

/**
 * The roots between the trusted one and the newest, a few at a time, each judged before more are fetched.
 *
 * @param newestLength bytes of the newest root: those before it list fewer former certificates
 */
async function walkRootVersions(
  remote: RepositoryPorts['remote'],
  settings: ChainSettings,
  trusted: Signed<Root>,
  newest: number,
  newestLength: number,
): Promise<Signed<Root>> {
  const first = trusted.content.version + 1;
  if (newest - first > maxRootSteps) throw tooManySteps(settings.gun, trusted.content.version, newest);
  const maxBytes = Math.max(sizeLimits.rootOnTheWay, newestLength);
  const together = Math.max(1, Math.floor(sizeLimits.rootsUnderWay / maxBytes));
  let previous = trusted;
  for (let from = first; from < newest; from += together) {
    const count = Math.min(together, newest - from);
    const versions = Array.from({ length: count }, (_, index) => from + index);
    const files = await Promise.all(
      versions.map((version) => asResult(withRole('root', remote.get(`${version}.root`, maxBytes)))),
    );
    for (const [index, version] of versions.entries()) {
      previous = loadNextRoot(settings, previous, version, orThrow(files[index] ?? new Uint8Array()));
      settings.onStep?.(previous);
    }
  }
  return previous;
}

/** One root on the way: of exactly the next version, and signed by the one before. */
function loadNextRoot(
  settings: ChainSettings,
  previous: Signed<Root>,
  version: number,
  bytes: Uint8Array,
): Signed<Root> {
  const builder = new RepoBuilder({ ...settings, rootMeta: undefined, previousRoot: previous });
  const root = builder.loadRoot(bytes, { minVersion: version, allowExpired: true });
  if (root.content.version === version) return root;
  throw new NotaryError(
    'ROOT_ROTATION',
    `the server gave version ${root.content.version} of the root in place of ${version}`,
    { details: { gun: settings.gun, version: root.content.version, expected: version } },
  );
}

function tooManySteps(gun: string, trusted: number, newest: number): NotaryError {
  return new NotaryError(
    'ROOT_ROTATION',
    `the root has been rotated more than ${maxRootSteps} times since version ${trusted}`,
    { details: { gun, version: newest } },
  );
}
