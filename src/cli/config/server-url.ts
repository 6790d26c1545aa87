/** Checks of the trust server's URL before any work, with the verdicts of Go's net/url. */

import { trimEndOf } from '../../encoding/trim.ts';
import { NotaryError } from '../../errors.ts';
import { goQuote } from '../../go/quote.ts';

/**
 * The URL to build requests on: as configured, without a trailing slash, which would make the
 * original's server redirect every request.
 *
 * @param gun becomes a part of every URL
 * @param online whether the server is going to be asked; the words of a refusal differ
 * @throws NotaryError SERVER_URL_INVALID
 */
export function checkServerUrl(url: string, gun: string, online: boolean): string {
  const shown = withoutPassword(url);
  if (online) {
    const reason = defectOf(url);
    if (reason !== undefined) {
      throw invalid(
        url,
        `Could not parse remote trust server url (${shown}): parse ${goQuote(shown)}: ${reason}`,
      );
    }
    if (schemeOf(url) === '') {
      throw invalid(url, `Trust server url has to be in the form of http(s)://URL:PORT. Got: ${shown}`);
    }
  }
  const base = withoutTrailingSlash(url);
  const store = `${base}/v2/${gun}/_trust/tuf/`;
  const reason = defectOf(store);
  if (reason !== undefined) throw invalid(url, `parse ${goQuote(withoutPassword(store))}: ${reason}`);
  if (schemeOf(url) === '') throw invalid(url, 'HTTPStore requires an absolute baseURL');
  return base;
}

function invalid(url: string, message: string): NotaryError {
  return new NotaryError('SERVER_URL_INVALID', message, { details: { url: withoutPassword(url) } });
}

/** Messages end up in logs, where a password does not belong. */
function withoutPassword(url: string): string {
  return url.replace(/(\/\/[^/@:]*):[^/@]*@/, '$1:***@');
}

function withoutTrailingSlash(url: string): string {
  return /^[^?#]*[^/]\/+$/.test(url) && !/:\/+$/.test(url) ? trimEndOf(url, '/') : url;
}

/** The scheme; empty when there is none. */
function schemeOf(url: string): string {
  return /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1] ?? '';
}

/** Why Go's url.Parse refuses a URL, or undefined when it does not. */
function defectOf(url: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(url)) return 'net/url: invalid control character in URL';
  if (url.startsWith(':')) return 'missing protocol scheme';
  const scheme = schemeOf(url);
  const rest = before(before(url, '#').slice(scheme === '' ? 0 : scheme.length + 1), '?');
  if (!rest.startsWith('/')) {
    if (scheme !== '') return undefined;
    if (/^[^/]*:/.test(rest)) return 'first path segment in URL cannot contain colon';
    return escapeDefect(rest);
  }
  if (!rest.startsWith('//')) return escapeDefect(rest);
  const authority = before(rest.slice(2), '/');
  const path = rest.slice(2 + authority.length);
  return hostDefect(authority.slice(authority.lastIndexOf('@') + 1)) ?? escapeDefect(path);
}

function before(text: string, mark: string): string {
  const at = text.indexOf(mark);
  return at < 0 ? text : text.slice(0, at);
}

function hostDefect(host: string): string | undefined {
  if (host.startsWith('[')) {
    const end = host.lastIndexOf(']');
    if (end === -1) return "missing ']' in host";
    return portDefect(host.slice(end + 1));
  }
  const port = /:[^:]*$/.exec(host)?.[0] ?? '';
  const stray = /[^-a-zA-Z0-9._~!$&'()*+,;=:[\]<>"%\u0080-\u{10ffff}]/u.exec(host)?.[0];
  return (
    portDefect(port) ?? escapeDefect(host) ?? (stray && `invalid character ${goQuote(stray)} in host name`)
  );
}

function portDefect(port: string): string | undefined {
  return port === '' || /^:[0-9]*$/.test(port) ? undefined : `invalid port ${goQuote(port)} after host`;
}

function escapeDefect(text: string): string | undefined {
  const wrong = /%(?![0-9a-fA-F]{2}).{0,2}/su.exec(text)?.[0];
  return wrong === undefined ? undefined : `invalid URL escape ${goQuote(wrong)}`;
}
