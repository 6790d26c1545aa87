/** Checks the names of images before they become parts of URLs, and writes them as people do. */

import { NotaryError } from '../../errors.ts';
import type { ImageRepository } from '../../ports/registry.ts';

const sha256 = /^sha256:[0-9a-f]{64}$/;
/** A host by the grammar of image references (distribution/reference), with an optional port. */
const domainForm = /^(?:[A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:]+\])(?::[0-9]+)?$/;
const pathPart = /^[a-z0-9]+(?:[._-]+[a-z0-9]+)*$/;
const tagForm = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/** Whether a reference is the digest of a manifest. */
export function isDigest(reference: string): boolean {
  return sha256.test(reference);
}

/**
 * Refuses what could lead a request elsewhere than to the manifest that it is for.
 *
 * @throws NotaryError IMAGE_NAME_INVALID; MALFORMED_HASH for a digest of another algorithm than SHA-256, which is the only one
 * that docker looks for in trust data
 */
export function checkImage({ domain, path }: ImageRepository, reference: string): void {
  const isNamed = domainForm.test(domain) && path.split('/').every((part) => pathPart.test(part));
  if (!isNamed) throw new NotaryError('IMAGE_NAME_INVALID', 'invalid reference format');
  if (isDigest(reference) || tagForm.test(reference)) return;
  if (reference.includes(':')) {
    throw new NotaryError('MALFORMED_HASH', 'the digest of an image is sha256: and 64 hexadecimal digits', {
      details: { reference },
    });
  }
  throw new NotaryError('IMAGE_NAME_INVALID', 'invalid reference format');
}

/** `docker.io/library/alpine:3`, or with `@` before a digest; of the repository itself without either. */
export function imageName({ domain, path }: ImageRepository, reference?: string): string {
  if (reference === undefined) return `${domain}/${path}`;
  return `${domain}/${path}${reference.includes(':') ? '@' : ':'}${reference}`;
}
