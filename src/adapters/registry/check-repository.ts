/**
 * Asks a registry whether it knows a repository (OCI Distribution Specification 1.1, "Listing Tags"): of an image in one that
 * is gone or hidden, registries say no more than that the image is not there.
 */

import { asObject, readJson } from '../../encoding/json.ts';
import { isNotaryError } from '../../errors.ts';
import type { HttpResponse } from '../../ports/http.ts';
import type { ImageRepository } from '../../ports/registry.ts';
import type { PullAuthorization } from './pull-authorization.ts';
import { invalidAnswer, nameUnknown, saysAbsent, statusError, type Wanted } from './registry-errors.ts';
import { maxManifest } from './verify-manifest.ts';

export interface RepositoryRequest {
  readonly repository: ImageRepository;
  /** Scheme, host and port of the registry. */
  readonly base: string;
  readonly authorization: PullAuthorization;
  /** Milliseconds. */
  readonly timeout: number;
}

/**
 * Returns when the registry lists the tags of the repository, of which there may be none.
 *
 * @throws NotaryError REGISTRY_NAME_UNKNOWN, REGISTRY_UNAUTHORIZED, REGISTRY_UNREACHABLE, REGISTRY_UNAVAILABLE,
 * REGISTRY_INVALID
 */
export async function checkKnown(request: RepositoryRequest): Promise<void> {
  const { repository, base, authorization, timeout } = request;
  const wanted: Wanted = { repository };
  const url = `${base}/v2/${repository.path}/tags/list?n=1`;
  const headers = { accept: 'application/json' };
  const response = await authorization.send(
    { method: 'GET', url, headers, limit: maxManifest, timeout },
    wanted,
  );
  if (saysAbsent(response)) throw nameUnknown(wanted);
  if (response.status !== 200) throw statusError(response, wanted);
  if (!isListOfTags(response)) throw invalidAnswer('sends something else than a list of tags', wanted);
}

function isListOfTags({ body }: HttpResponse): boolean {
  try {
    return asObject(readJson(body, { fractions: true }), 'the list').has('tags');
  } catch (error) {
    if (isNotaryError(error)) return false;
    throw error;
  }
}
