/** Renders digests of images: a line for each, all of them or none. */

import type { ResolvedTag } from '../../client/images/resolve-tag.ts';
import type { JsonData } from '../../encoding/to-plain-json.ts';
import type { NotaryError } from '../../errors.ts';
import type { ImageReference } from '../../images/reference.ts';

export type ResolvedImage =
  | {
      readonly image: ImageReference;
      readonly tag: string;
      readonly resolved: ResolvedTag;
      readonly error?: undefined;
    }
  | { readonly image: ImageReference; readonly error: NotaryError };

/** Where one image has failed, there is no line at all: a script that reads lines would take one for another. */
export function resolvedLines(results: readonly ResolvedImage[]): string {
  const lines = results.map((result) =>
    result.error === undefined ? `${nameOf(result.image)}@sha256:${result.resolved.digest}\n` : undefined,
  );
  return lines.includes(undefined) ? '' : lines.join('');
}

/** One document for each image, failures among them. */
export function resolvedJson(results: readonly ResolvedImage[]): readonly JsonData[] {
  return results.map((result) => {
    const { typed, gun } = result.image;
    if (result.error !== undefined) {
      const { code, message, details } = result.error;
      return { image: typed, gun, error: { code, message, details } };
    }
    const { digest, size, role } = result.resolved;
    const reference = `${nameOf(result.image)}@sha256:${digest}`;
    return { image: typed, gun, tag: result.tag, digest: `sha256:${digest}`, size, role, reference };
  });
}

/** As it was typed, without tag and digest. */
function nameOf({ typed, tag, digest }: ImageReference): string {
  const end = (digest === undefined ? 0 : digest.length + 1) + (tag === undefined ? 0 : tag.length + 1);
  return typed.slice(0, typed.length - end);
}
