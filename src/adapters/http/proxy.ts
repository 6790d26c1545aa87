/**
 * Which proxy stands between this machine and a server, by the rules of Go's
 * golang.org/x/net/http/httpproxy, which Notary 0.7.0 follows.
 */

import { BlockList, isIP, isIPv6 } from 'node:net';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for a server, or undefined for a direct connection.
 *
 * `HTTPS_PROXY` or `HTTP_PROXY` by the server's scheme, upper case before lower case; `NO_PROXY`
 * lists hosts, `.domain` suffixes, IP addresses, CIDR ranges, each with an optional port, or `*`.
 * `localhost` and loopback addresses are never proxied. A value that is no URL counts as absent.
 */
export function proxyFor(server: URL, env: Environment): URL | undefined {
  const secure = server.protocol === 'https:';
  const value = secure ? pick(env, 'HTTPS_PROXY') : pick(env, 'HTTP_PROXY');
  // In a CGI program HTTP_PROXY may be a request header of somebody else's making.
  if (!secure && (env['REQUEST_METHOD'] ?? '') !== '') return undefined;
  const proxy = parseProxy(value);
  if (proxy === undefined) return undefined;
  const host = server.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = server.port === '' ? (secure ? '443' : '80') : server.port;
  return host === 'localhost' || isLoopback(host) || excluded(pick(env, 'NO_PROXY'), host, port)
    ? undefined
    : proxy;
}

function pick(env: Environment, name: string): string {
  const upper = env[name] ?? '';
  return upper === '' ? (env[name.toLowerCase()] ?? '') : upper;
}

function parseProxy(value: string): URL | undefined {
  if (value === '') return undefined;
  const withScheme = /^(?:https?|socks5h?):\/\//i.test(value) ? value : `http://${value}`;
  return URL.canParse(withScheme) ? new URL(withScheme) : undefined;
}

function family(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}

function isLoopback(host: string): boolean {
  return isIP(host) !== 0 && (inRange('127.0.0.0', 8, host) || inRange('::1', 128, host));
}

function inRange(network: string, bits: number, address: string): boolean {
  const list = new BlockList();
  list.addSubnet(network, bits, family(network));
  return list.check(address, family(address));
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
