/** Reads of which kinds the names are that a certificate has, or limits in what it issues (RFC 5280, 4.2.1.6 and 4.2.1.10). */

import { type DerNode, readDer, readSequence } from '../../encoding/der/read.ts';
import { NotaryError } from '../../errors.ts';

/** Tags of the general names that Go's crypto/x509 compares: mail, DNS, URI, IP address. */
const compared: ReadonlySet<number> = new Set([1, 2, 6, 7]);

const kindOf = (name: DerNode): number => name.tag & 0x1f;

/** The kinds of the alternative names, as tags; only those that constraints are compared with. */
export function alternativeKinds(extension: Uint8Array | undefined): readonly number[] {
  if (extension === undefined) return [];
  return readSequence(readDer(extension), 'alternative names')
    .map(kindOf)
    .filter((kind) => compared.has(kind));
}

export interface ConstrainedKinds {
  /** Tags of the names that are limited. */
  readonly constrainedKinds: readonly number[];
  /** True when names of a kind are limited that Go does not compare: it refuses such an extension if it is critical. */
  readonly constrainsOthers: boolean;
}

/** @throws NotaryError MALFORMED_DER; also for an extension that limits nothing, as in Go */
export function constrainedKinds(extension: Uint8Array | undefined): ConstrainedKinds {
  if (extension === undefined) return { constrainedKinds: [], constrainsOthers: false };
  const trees = readSequence(readDer(extension), 'name constraints').flatMap((list) => list.children());
  const kinds = trees.flatMap((tree) => readSequence(tree, 'name constraint').slice(0, 1).map(kindOf));
  if (kinds.length === 0)
    throw new NotaryError('MALFORMED_DER', 'malformed DER: the name constraints are empty');
  return {
    constrainedKinds: kinds.filter((kind) => compared.has(kind)),
    constrainsOthers: kinds.some((kind) => !compared.has(kind)),
  };
}
