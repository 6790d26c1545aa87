/** Parses URLs as Go's net/url does, with its error texts. */

import { goQuote } from './quote.ts';

/** The scheme; empty when there is none. */
export function schemeOf(url: string): string {
  return /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1] ?? '';
}

/** Why Go's url.Parse refuses a URL, or undefined when it does not. */
export function urlDefect(url: string): string | undefined {
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
