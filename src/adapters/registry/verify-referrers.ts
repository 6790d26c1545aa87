/** Decides whether an answer of a registry is a list of referrers, and reads its entries and the address of its next page. */

import { asArray, asObject, asString, readJson } from '../../encoding/json.ts';
import { isAbsent, type JsonObject, type JsonValue } from '../../encoding/json-value.ts';
import { oneLine } from '../../encoding/one-line.ts';
import { isNotaryError } from '../../errors.ts';
import type { HttpResponse } from '../../ports/http.ts';
import type { Referrer } from '../../ports/registry.ts';
import { invalidAnswer, type Wanted } from './registry-errors.ts';
import { hashedAnswer, indexType } from './verify-manifest.ts';

/** Harbor called its lists JSON for some time (goharbor/harbor#19690). */
const types: readonly string[] = [indexType, 'application/json'];

/**
 * The entries of one page that the API has answered with status 200.
 *
 * @throws NotaryError REGISTRY_INVALID
 */
export function referrersOfPage(response: HttpResponse, wanted: Wanted): readonly Referrer[] {
  hashedAnswer(response, wanted);
  const [type = ''] = response.headers['content-type'] ?? [];
  const bare = (type.split(';', 1)[0] ?? '').trim().toLowerCase();
  if (!types.includes(bare)) {
    const shown = bare === '' ? 'something without a type' : oneLine(bare);
    throw invalidAnswer(`sends ${shown} in place of a list of referrers`, wanted);
  }
  return referrersOfIndex(response.body, wanted);
}

/**
 * The entries of an index.
 *
 * @throws NotaryError REGISTRY_INVALID
 */
export function referrersOfIndex(bytes: Uint8Array, wanted: Wanted): readonly Referrer[] {
  try {
    const index = asObject(readJson(bytes, { fractions: true }), 'the list');
    if (index.get('schemaVersion') !== 2) throw invalidAnswer('sends a list that is not of schema 2', wanted);
    if (!index.has('manifests')) throw invalidAnswer('sends a list without "manifests"', wanted);
    return asArray(index.get('manifests'), '"manifests"').map(referrerOf);
  } catch (cause) {
    if (!isNotaryError(cause, 'MALFORMED_JSON')) throw cause;
    const reason = `sends a list of referrers that is none: ${oneLine(cause.message)}`;
    throw invalidAnswer(reason, wanted, undefined, cause);
  }
}

function referrerOf(value: JsonValue): Referrer {
  const entry = asObject(value, 'a referrer');
  const artifactType = entry.get('artifactType');
  return {
    digest: asString(entry.get('digest'), 'the digest of a referrer'),
    mediaType: asString(entry.get('mediaType'), 'the type of a referrer'),
    artifactType: isAbsent(artifactType)
      ? undefined
      : asString(artifactType, 'the artifactType of a referrer'),
    annotations: annotationsOf(entry),
  };
}

function annotationsOf(entry: JsonObject): ReadonlyMap<string, string> {
  const annotations = entry.get('annotations');
  if (isAbsent(annotations)) return new Map();
  const named = asObject(annotations, 'the annotations of a referrer');
  return new Map([...named].map(([name, value]) => [name, asString(value, 'an annotation of a referrer')]));
}

/**
 * Path and query of the next page, which the registry names in `Link` (RFC 8288); undefined on the last one. Only they
 * are taken of it: the registry itself is asked, with the login that it was asked with.
 *
 * @param path the path that every page has
 * @throws NotaryError REGISTRY_INVALID for a page of something else
 */
export function nextPage(
  { headers, url }: HttpResponse,
  { path, base }: { readonly path: string; readonly base: string },
  wanted: Wanted,
): string | undefined {
  const link = (headers['link'] ?? []).map(nextOf).find((one) => one !== undefined);
  if (link === undefined) return undefined;
  const from = url ?? base;
  const address = URL.canParse(link, from) ? new URL(link, from) : undefined;
  if (address === undefined || decoded(address.pathname) !== path)
    throw invalidAnswer('names the next page of its list of referrers elsewhere', wanted);
  return `${address.pathname}${address.search}`;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** One field may name several addresses: that with `rel="next"` counts. */
function nextOf(field: string): string | undefined {
  for (const [, address = '', parameters = ''] of field.matchAll(/<([^<>]*)>([^<]*)/g))
    if (/;\s*rel\s*=\s*(?:"(?:[^"]*\s)?next(?:\s[^"]*)?"|next\b)/i.test(parameters)) return address;
  return undefined;
}
