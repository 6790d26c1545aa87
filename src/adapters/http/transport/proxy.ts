/**
 * Chooses the proxy for a server, by the rules of Go's golang.org/x/net/http/httpproxy, which Notary 0.7.0 follows.
 */

import { isIP, isIPv6 } from 'node:net';
import { webUrlDefect } from '../../../encoding/web-url.ts';
import { NotaryError } from '../../../errors.ts';
import { inRange, isLoopback } from './address-ranges.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for a server, or undefined for a direct connection.
 *
 * `HTTPS_PROXY` or `HTTP_PROXY` by the server's scheme, upper case before lower case; `NO_PROXY`
 * lists hosts, `.domain` suffixes, IP addresses, CIDR ranges, each with an optional port, or `*`.
 * `localhost` and loopback addresses are never proxied.
 *
 * @throws NotaryError CONFIG_INVALID naming the variable, when it holds no URL or the proxy's user name or password
 * cannot be decoded: to go on without would send what was to go through a proxy past it (Notary 0.7.0 does)
 */
export function proxyFor(server: URL, env: Variables): URL | undefined {
  const secure = server.protocol === 'https:';
  const variable = secure ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const value = pick(env, variable);
  // In a CGI program HTTP_PROXY may be a header of the incoming request, which its sender chose.
  if (!secure && (env['REQUEST_METHOD'] ?? '') !== '') return undefined;
  if (value === '') return undefined;
  const host = server.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = server.port === '' ? (secure ? '443' : '80') : server.port;
  if (isLoopback(host) || excluded(pick(env, 'NO_PROXY'), host, port)) return undefined;
  const proxy = parseProxy(value, variable);
  checkLogin(proxy, variable);
  return proxy;
}

/** The error does not show the value: it holds a password. */
function checkLogin({ username, password }: URL, variable: string): void {
  try {
    decodeURIComponent(username + password);
  } catch (cause) {
    throw new NotaryError(
      'CONFIG_INVALID',
      `the user name or password of the proxy in ${variable} is not well encoded`,
      {
        details: { variable },
        hint: 'In a URL a percent sign is followed by two hexadecimal digits, and stands for itself as %25; all other bytes are UTF-8.',
        cause,
      },
    );
  }
}

function pick(env: Variables, name: string): string {
  const upper = env[name] ?? '';
  return upper === '' ? (env[name.toLowerCase()] ?? '') : upper;
}

/** The error does not show the value: it may hold a password. */
function parseProxy(value: string, variable: string): URL {
  const hasScheme = value.includes('://') || /^(?:https?|socks5h?):(?![0-9]+$)/i.test(value);
  const withScheme = hasScheme ? value : `http://${value}`;
  const defect = webUrlDefect(withScheme, ['http', 'https', 'socks5', 'socks5h']);
  if (defect === undefined) return new URL(withScheme);
  throw new NotaryError('CONFIG_INVALID', `the proxy in ${variable} is no URL: ${defect}`, {
    details: { variable },
    hint: 'A proxy is written http://HOST:PORT. To go without one, unset the variable, or name the server in NO_PROXY.',
  });
}

function excluded(noProxy: string, host: string, port: string): boolean {
  return noProxy.split(',').some((entry) => matches(entry.trim().toLowerCase(), host, port));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  const range = /^([^/]+)\/(\d+)$/.exec(entry);
  if (range !== null) return inCidr(range[1] ?? '', Number(range[2]), host);
  const [name, only] = splitPort(entry);
  if (name === '' || (only !== '' && only !== port)) return false;
  if (isIP(name) !== 0) return isIP(host) !== 0 && inRange(name, isIPv6(name) ? 128 : 32, host);
  const domain = name.startsWith('*.') ? name.slice(1) : name;
  return domain.startsWith('.') ? host.endsWith(domain) : host === domain || host.endsWith(`.${domain}`);
}

function inCidr(network: string, bits: number, host: string): boolean {
  if (isIP(network) === 0 || isIP(host) === 0 || bits > (isIPv6(network) ? 128 : 32)) return false;
  return inRange(network, bits, host);
}

/** `host:port` or `[v6]:port` in two; a bare IPv6 address has no port. */
function splitPort(entry: string): readonly [host: string, port: string] {
  const match = /^(?:\[([^\]]*)\]|([^:]*)):(\d*)$/.exec(entry);
  if (match === null) return [entry, ''];
  return [match[1] ?? match[2] ?? '', match[3] ?? ''];
}
