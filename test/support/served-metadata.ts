/** A server that hands out whatever files it was given, right or wrong: no rules, no keys of its own. */

import { NotaryError } from '../../src/errors.ts';
import type { HttpClient, HttpRequest, HttpResponse } from '../../src/ports/http.ts';

export interface FileServer {
  readonly url: string;
  readonly http: HttpClient;
  /** Resource (`targets`, `2.root`) to the status that is answered in place of the file. */
  readonly statuses: Map<string, number>;
  /** Resources that were asked for, with checksums cut off, oldest first. */
  readonly asked: string[];
  /** True: no request arrives. */
  offline: boolean;
}

/**
 * Serves the files by role; `role.<checksum>` gives the role's file whatever its checksum is.
 *
 * @param files role or `N.root` to bytes; changes are seen at once
 */
export function fileServer(files: ReadonlyMap<string, Uint8Array>): FileServer {
  const statuses = new Map<string, number>();
  const asked: string[] = [];
  const answer = (request: HttpRequest): HttpResponse => {
    const path = decodeURIComponent(new URL(request.url).pathname);
    const resource = /\/_trust\/tuf\/(.+)\.json$/.exec(path)?.[1]?.replace(/\.[0-9a-f]{64}$/, '') ?? path;
    asked.push(resource);
    const bytes = files.get(resource);
    const status = statuses.get(resource) ?? (bytes === undefined ? 404 : 200);
    const body = status === 200 ? (bytes ?? new Uint8Array()) : new Uint8Array();
    if (body.length > request.limit) {
      throw new NotaryError('MALICIOUS_SERVER', 'trust server returned a bad response.');
    }
    return { status, headers: {}, body };
  };
  const server: FileServer = {
    url: 'https://notary.test',
    statuses,
    asked,
    offline: false,
    http: {
      send: async (request) => {
        if (server.offline) throw new NotaryError('NETWORK', `${request.url}: connection refused`);
        return answer(request);
      },
      close: async () => undefined,
    },
  };
  return server;
}
