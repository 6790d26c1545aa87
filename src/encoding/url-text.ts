/**
 * Takes URLs apart as text: host, path without slashes at its end, and URLs that messages may show without credentials.
 */

import { trimEndOf } from './trim.ts';

/** Host and port as written in a URL. */
export function hostOf(serverUrl: string): string {
  const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(serverUrl)?.[1] ?? serverUrl;
  return authority.slice(authority.lastIndexOf('@') + 1);
}

/** A server URL without the slashes at its end: with them the server would redirect every request. */
export function stripSlashes(serverUrl: string): string {
  return trimEndOf(serverUrl, '/');
}

/** The URL with `***` in place of a password: messages end up in logs. */
export function maskPassword(url: string): string {
  return url.replace(/(\/\/[^/@:]*):[^/@]*@/, '$1:***@');
}

/** The URL without user name and password. */
export function withoutCredentials(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, '$1');
}

/** Scheme, host and path of a valid URL: no password, and no query, which may hold a user name. */
export function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
