/** Fetches former roots: earlier versions of a verified root, as the server serves them (`3.root`). */

import type { ListedKeyId } from '../../crypto/keys/key-id.ts';
import type { PublicKey } from '../../crypto/keys/public-key.ts';
import { isNotaryError } from '../../errors.ts';
import { sizeLimits } from '../../metadata/limits.ts';
import { baseRole, parseRoot, type Root } from '../../metadata/root.ts';
import { parseEnvelope } from '../../metadata/signed.ts';
import { verifySignatures } from '../../tuf/verify-signatures.ts';
import type { RepositoryPorts } from '../repository-ports.ts';

const atOnce = 4;

/**
 * The roots of these versions, in order. The client trusts one when all its root keys stand as certificates in the
 * published root, which lists the former ones (Notary 0.7.0), and enough of them have signed it.
 *
 * @param published the verified root
 * @param from the first version
 * @param to the version after the last one
 * @returns undefined in place of one that the server does not have or that is not trusted
 */
export async function* formerRoots(
  remote: RepositoryPorts['remote'],
  published: Root,
  { from, to }: { readonly from: number; readonly to: number },
): AsyncGenerator<Root | undefined> {
  const certificates = rootCertificates(published);
  for (let next = from; next < to; next += atOnce) {
    const versions = Array.from({ length: Math.min(atOnce, to - next) }, (_, index) => next + index);
    yield* await Promise.all(versions.map((version) => fetchRoot(remote, version, certificates)));
  }
}

/** What the published root lists besides the keys of its other roles, which the server may hold. */
export function rootCertificates(published: Root): ReadonlyMap<ListedKeyId, PublicKey> {
  const others = [...published.roles].filter(([role]) => role !== 'root').flatMap(([, { keyIds }]) => keyIds);
  return new Map([...published.keys].filter(([id]) => !others.includes(id)));
}

async function fetchRoot(
  remote: RepositoryPorts['remote'],
  version: number,
  certificates: ReadonlyMap<ListedKeyId, PublicKey>,
): Promise<Root | undefined> {
  try {
    const envelope = parseEnvelope(await remote.get(`${version}.root`, sizeLimits.servedAlone));
    const { content } = parseRoot(envelope);
    const { keys: listed, threshold } = baseRole(content, 'root');
    const keys = new Map([...certificates].filter(([id]) => listed.has(id)));
    if (content.version !== version || keys.size !== listed.size) return undefined;
    verifySignatures(envelope, { keys, threshold }, 'root');
    return { ...content, keys: new Map([...content.keys, ...keys]) };
  } catch (error) {
    if (isNotaryError(error)) return undefined;
    throw error;
  }
}
