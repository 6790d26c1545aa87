/** Decides whether an answer of a registry is a manifest that may be signed, and what it is. */

import { digest } from '../../crypto/signatures/digest.ts';
import { toHex } from '../../encoding/bytes.ts';
import { asObject, readJson } from '../../encoding/json.ts';
import type { JsonObject } from '../../encoding/json-value.ts';
import { oneLine } from '../../encoding/one-line.ts';
import { isNotaryError } from '../../errors.ts';
import type { HttpResponse } from '../../ports/http.ts';
import type { Manifest } from '../../ports/registry.ts';
import { isDigest } from './image-name.ts';
import { invalidAnswer, statusError, type Wanted } from './registry-errors.ts';

/** The type of an index, which a list of referrers has as well. */
export const indexType = 'application/vnd.oci.image.index.v1+json';
const lists = [indexType, 'application/vnd.docker.distribution.manifest.list.v2+json'] as const;
const images = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
] as const;

/** All in one field: some registries read only the first field of several. */
export const acceptedTypes = [...lists, ...images].join(', ');

/** Registries accept manifests of up to so many bytes (OCI Distribution Specification 1.1, "Pushing Manifests"). */
export const maxManifest = 4 * 1024 * 1024;

/**
 * The manifest in a response.
 *
 * The digest is computed from the bytes. What the registry says of it, and what was asked for, must be the same.
 *
 * @throws NotaryError IMAGE_NOT_THERE, REGISTRY_UNAUTHORIZED, REGISTRY_UNAVAILABLE, REGISTRY_INVALID
 */
export function verifiedManifest(response: HttpResponse, wanted: Wanted): Manifest {
  const { status, headers, body } = response;
  if (status !== 200) throw statusError(response, wanted);
  const computed = hashedAnswer(response, wanted);
  if (isDigest(wanted.reference ?? '') && wanted.reference !== computed)
    throw invalidAnswer(`sends other bytes than were asked for: ${computed}`, wanted);
  const mediaType = typeOf(headers['content-type'] ?? [], wanted);
  checkContent(body, mediaType, wanted);
  return { digest: computed, size: body.length, mediaType, bytes: body };
}

/**
 * The digest of the bytes of an answer. A registry need not name it; if it does, it may not lie.
 *
 * @throws NotaryError REGISTRY_INVALID
 */
export function hashedAnswer({ headers, body }: HttpResponse, wanted: Wanted): string {
  const encoding = headers['content-encoding']?.join(', ').toLowerCase() ?? 'identity';
  // The digest of a manifest is that of its bytes before they were compressed, and the client asked for none.
  if (encoding !== 'identity') throw invalidAnswer(`sends its manifest as ${oneLine(encoding)}`, wanted);
  if (body.length > maxManifest) throw invalidAnswer('sends more than a manifest can be, 4 MiB', wanted);
  const computed = `sha256:${toHex(digest('sha256', body))}`;
  checkNamed(computed, headers['docker-content-digest'] ?? [], wanted);
  return computed;
}

function checkNamed(computed: string, named: readonly string[], wanted: Wanted): void {
  for (const one of named) {
    if (!isDigest(one)) throw invalidAnswer(`names a digest that is not sha256: ${oneLine(one)}`, wanted);
    if (one !== computed)
      throw invalidAnswer(`sends other bytes than it says: ${computed} in place of ${one}`, wanted);
  }
}

function typeOf(fields: readonly string[], wanted: Wanted): string {
  const [type = '', ...others] = fields.map((field) => (field.split(';', 1)[0] ?? '').trim().toLowerCase());
  if (others.some((other) => other !== type)) throw invalidAnswer('names two types of one manifest', wanted);
  if (type.startsWith('application/vnd.docker.distribution.manifest.v1+')) {
    throw invalidAnswer(
      'has this image in the outdated form "schema 1", whose digest is not that of its bytes',
      wanted,
      'Push the image again with a newer docker.',
    );
  }
  if ([...lists, ...images].some((known) => known === type)) return type;
  const shown =
    type === '' ? 'names no type of what it sends' : `sends ${oneLine(type)}, which is no manifest`;
  throw invalidAnswer(
    shown,
    wanted,
    `Is ${wanted.repository.domain} a registry, and are its name and port right?`,
  );
}

/**
 * A document that one reader takes for an image and another for a list would be signed as both (OCI Image
 * Specification, "mediaType": CVE-2021-41190).
 */
function checkContent(body: Uint8Array, mediaType: string, wanted: Wanted): void {
  const content = documentOf(body, wanted);
  if (content.get('schemaVersion') !== 2)
    throw invalidAnswer('sends a manifest that is not of schema 2', wanted);
  const own = content.get('mediaType');
  if (own !== undefined && own !== mediaType)
    throw invalidAnswer(
      `sends a manifest that is of another type than ${mediaType} by its own words`,
      wanted,
    );
  const isList = lists.some((list) => list === mediaType);
  const [needed, strange] = isList
    ? [['manifests'], ['config', 'layers', 'fsLayers']]
    : [
        ['config', 'layers'],
        ['manifests', 'fsLayers'],
      ];
  const lacks = needed.find((name) => !content.has(name));
  if (lacks !== undefined) throw invalidAnswer(`sends a manifest without "${lacks}"`, wanted);
  const found = strange.find((name) => content.has(name));
  if (found !== undefined)
    throw invalidAnswer(`sends a manifest of two meanings: as ${mediaType}, and with "${found}"`, wanted);
}

function documentOf(body: Uint8Array, wanted: Wanted): JsonObject {
  try {
    return asObject(readJson(body, { fractions: true }), 'the manifest');
  } catch (cause) {
    if (!isNotaryError(cause)) throw cause;
    throw invalidAnswer(
      `sends a manifest that is no JSON document: ${oneLine(cause.message)}`,
      wanted,
      undefined,
      cause,
    );
  }
}
