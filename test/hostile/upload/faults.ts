/** Ways in which an upload or its answer goes wrong between a client and an honest server in memory. */

import { NotaryError } from '../../../src/errors.ts';
import type { HttpClient, HttpRequest, HttpResponse } from '../../../src/ports/http.ts';
import type { MemoryServer } from '../../support/memory-server.ts';

export interface UploadFault {
  readonly name: string;
  /** Whether the server has taken the upload by the time the client sees the fault. */
  readonly taken: boolean;
  /** What the client sees; it may let the upload through or not. */
  readonly meet: (upload: () => Promise<HttpResponse>) => Promise<HttpResponse>;
}

const answer = (status: number, body = ''): HttpResponse => ({
  status,
  headers: {},
  body: Buffer.from(body),
});
const errorBody = (code: string, message: string) =>
  JSON.stringify({ errors: [{ code, message, detail: {} }] });
const reset = () => new NotaryError('NETWORK', 'POST: connection reset by peer');
const versionRefusal = errorBody('VERSION', 'A newer version of metadata is already available.');

const refusedStatuses = [401, 403, 404, 405, 408, 409, 411, 413, 415, 429, 500, 501, 502, 503, 504];
const redirects = [301, 302, 307, 308];

/** Faults that the server's own state is not touched by. */
const refused: readonly UploadFault[] = [
  ...[...refusedStatuses, ...redirects, 201, 202, 204, 206].map((status) => ({
    name: `status ${status}`,
    taken: false,
    meet: async () => answer(status),
  })),
  { name: 'status 400 without a body', taken: false, meet: async () => answer(400) },
  {
    name: 'status 400 with a page of HTML',
    taken: false,
    meet: async () => answer(400, '<html>nginx</html>'),
  },
  {
    name: 'status 400 with a code that nobody knows',
    taken: false,
    meet: async () => answer(400, errorBody('NEWFANGLED', 'not today')),
  },
  {
    name: 'status 400 with a code of 10,000 letters',
    taken: false,
    meet: async () => answer(400, errorBody('X'.repeat(10_000), 'long')),
  },
  {
    name: 'a connection that breaks before it arrives',
    taken: false,
    meet: async () => Promise.reject(reset()),
  },
];

/** The server has everything; the client does not hear of it. */
const lost: readonly UploadFault[] = [
  {
    name: 'a connection that breaks after it arrived',
    taken: true,
    meet: async (upload) => {
      await upload();
      throw reset();
    },
  },
  ...[500, 502, 503, 504, 201, 202, 204].map((status) => ({
    name: `status ${status} after it was taken`,
    taken: true,
    meet: async (upload: () => Promise<HttpResponse>) => {
      await upload();
      return answer(status);
    },
  })),
  {
    name: 'an answer longer than any',
    taken: true,
    meet: async (upload) => {
      await upload();
      throw new NotaryError('MALICIOUS_SERVER', 'trust server returned a bad response.');
    },
  },
  {
    name: 'a gateway that sends it twice',
    taken: true,
    meet: async (upload) => {
      await upload();
      return upload();
    },
  },
  {
    name: 'a refusal as old after it was taken',
    taken: true,
    meet: async (upload) => {
      await upload();
      return answer(400, versionRefusal);
    },
  },
];

export const uploadFaults: readonly UploadFault[] = [...refused, ...lost];

const isUpload = ({ method, url }: HttpRequest) => method === 'POST' && url.endsWith('/_trust/tuf/');

/** A way to the server on which the next upload meets a fault. */
export function faultyWay(server: MemoryServer): {
  readonly http: HttpClient;
  readonly url: string;
  fault: UploadFault | undefined;
  /** Uploads that were begun. */
  uploads: number;
} {
  const way = {
    url: server.url,
    fault: undefined as UploadFault | undefined,
    uploads: 0,
    http: {
      close: async () => undefined,
      async send(request: HttpRequest): Promise<HttpResponse> {
        if (!isUpload(request)) return server.http.send(request);
        way.uploads++;
        const { fault } = way;
        way.fault = undefined;
        const upload = () => server.http.send(request);
        return fault === undefined ? upload() : fault.meet(upload);
      },
    },
  };
  return way;
}
