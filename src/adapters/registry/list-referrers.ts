/**
 * Lists what refers to a manifest by the API of the registry (OCI Distribution Specification 1.1, "Listing Referrers"): all
 * pages, within bounds. Filtering is left to the reader, since a registry need not filter.
 */

import type { HttpClient, HttpRequest, HttpResponse } from '../../ports/http.ts';
import type { ImageRepository, Referrer } from '../../ports/registry.ts';
import { followRedirects } from '../http/transport/redirects.ts';
import type { PullAuthorization } from './pull-authorization.ts';
import { invalidAnswer, requestError, statusError, type Wanted } from './registry-errors.ts';
import { indexType, maxManifest } from './verify-manifest.ts';
import { nextPage, referrersOfPage } from './verify-referrers.ts';

/** More pages than this are an attempt to keep the client busy. */
const maxPages = 64;
/** So are more entries. */
const maxEntries = 10_000;

/**
 * What registries without the API answer. The specification has 404 alone; the others are those that cosign's library takes
 * for it, so that the list under the tag is the one that cosign reads there, too.
 */
const unsupported: ReadonlySet<number> = new Set([400, 404, 405, 406]);

export interface ReferrersRequest {
  readonly repository: ImageRepository;
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
  /** Scheme, host and port of the registry. */
  readonly base: string;
  readonly authorization: PullAuthorization;
  readonly http: HttpClient;
  /** Milliseconds for one page. */
  readonly timeout: number;
}

/**
 * All entries, or undefined where the registry has no such API.
 *
 * @throws NotaryError REGISTRY_UNAUTHORIZED, REGISTRY_UNREACHABLE, REGISTRY_UNAVAILABLE, REGISTRY_INVALID
 */
export async function listReferrers(request: ReferrersRequest): Promise<readonly Referrer[] | undefined> {
  const { repository, digest, base } = request;
  const wanted: Wanted = { repository, reference: digest };
  const path = `/v2/${repository.path}/referrers/${digest}`;
  const found: Referrer[] = [];
  const asked = new Set<string>();
  for (let page: string | undefined = path; page !== undefined; ) {
    if (asked.has(page) || asked.size === maxPages) throw endless(wanted);
    asked.add(page);
    const response = await send(request, `${base}${page}`, wanted);
    if (asked.size === 1 && unsupported.has(response.status)) return undefined;
    if (response.status !== 200) throw statusError(response, wanted);
    for (const entry of referrersOfPage(response, wanted)) found.push(entry);
    if (found.length > maxEntries) throw endless(wanted);
    page = nextPage(response, { path, base }, wanted);
  }
  return found;
}

function endless(wanted: Wanted) {
  return invalidAnswer(
    `sends a list of referrers that does not end within ${maxPages} pages and ${maxEntries} entries`,
    wanted,
  );
}

/**
 * A registry without the API may redirect to a page that is not there (GitHub's does), which says no more than a 404. So
 * redirects are followed, and another host gets neither login nor token.
 */
async function send(
  { authorization, http, timeout }: ReferrersRequest,
  url: string,
  wanted: Wanted,
): Promise<HttpResponse> {
  const request: HttpRequest = {
    ...{ method: 'GET', url, headers: { accept: indexType }, limit: maxManifest, timeout },
  };
  const { origin } = new URL(url);
  try {
    return await followRedirects(request, (hop) =>
      new URL(hop.url).origin === origin ? authorization.send(hop, wanted) : http.send(hop),
    );
  } catch (error) {
    throw requestError(error, wanted);
  }
}
