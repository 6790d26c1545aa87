/** Implements the RemoteStore port over HTTP: URLs, statuses and uploads of the Notary server's protocol. */

import { hostOf, stripSlashes } from '../../../encoding/url-text.ts';
import { isNotaryError } from '../../../errors.ts';
import type { Gun } from '../../../metadata/gun.ts';
import { sizeLimits } from '../../../metadata/limits.ts';
import type { HttpClient, HttpRequest } from '../../../ports/http.ts';
import type { RemoteStore } from '../../../ports/notary-server.ts';
import { withLoginHint } from '../auth/login-hint.ts';
import { statusError } from '../transport/server-error.ts';
import { packFiles } from './multipart.ts';

const maxKey = 256 * 1024;
/** Answers to writes carry nothing; their bodies are only read to keep the connection usable. */
const maxReceipt = 1024 * 1024;

/**
 * The store of one GUN on a server.
 *
 * @param serverUrl scheme, host, port and an optional path; slashes at its end do not count
 * @param login what to do when the server refuses a request for want of a login; undefined where it gets none
 */
export function httpRemoteStore(
  http: HttpClient,
  serverUrl: string,
  gun: Gun,
  login: () => string | undefined = () => undefined,
): RemoteStore {
  const base = `${stripSlashes(serverUrl)}/v2/${escapePath(gun)}/_trust/tuf/`;
  const ask = async (request: HttpRequest, resource: string): Promise<Uint8Array> => {
    try {
      const { status, body } = await http.send(request);
      if (status !== 200) throw statusError(status, body, resource);
      return body;
    } catch (error) {
      throw isNotaryError(error) ? withLoginHint(error, login()) : error;
    }
  };
  return {
    location: hostOf(serverUrl),
    get: (resource, known) => {
      const limit = Math.min(known, sizeLimits.download);
      return ask({ method: 'GET', url: `${base}${escapePath(resource)}.json`, limit }, resource);
    },
    getKey: (role) => {
      return ask({ method: 'GET', url: `${base}${role}.key`, limit: maxKey }, `${role} key`);
    },
    rotateKey: (role) => {
      return ask({ method: 'POST', url: `${base}${role}.key`, limit: maxKey }, `${role} key`);
    },
    publish: async (files) => {
      const { contentType, body } = packFiles(files);
      const headers = { 'content-type': contentType };
      const request: HttpRequest = { method: 'POST', url: base, headers, body, limit: maxReceipt };
      await ask(request, 'POST metadata endpoint');
    },
    deleteAll: async () => {
      await ask({ method: 'DELETE', url: base, limit: maxReceipt }, 'DELETE metadata for GUN endpoint');
    },
  };
}

/** Escapes what may not stand in a URL's path as it is (RFC 3986, 3.3); slashes stay. */
export function escapePath(text: string): string {
  return text.replace(/[^A-Za-z0-9\-._~/:@!$&'()*+,;=]/gu, (character) => encodeURIComponent(character));
}
