/**
 * Routes requests: from method and path to what the client asks for (Notary 0.7.0).
 *
 * The path is decoded before it is matched, an unclean one is redirected to its clean form, and the slash at the
 * end of `…/_trust/tuf/` matters. A path that no rule knows is "no such metadata" for the usual methods and "method
 * not allowed" for the others.
 */

/** What a request asks for. */
export type Route =
  | { readonly kind: 'ping' }
  | { readonly kind: 'health' }
  | { readonly kind: 'update'; readonly gun: string }
  | { readonly kind: 'delete'; readonly gun: string }
  | FileRoute
  | KeyRoute
  | { readonly kind: 'changes'; readonly gun: string; readonly query: ReadonlyMap<string, string> }
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'options' | 'not found' | 'no page' | 'method not allowed' | 'bad request' };

export interface FileRoute {
  readonly kind: 'file';
  readonly gun: string;
  readonly role: string;
  /** Hexadecimal, in the case it was sent. */
  readonly checksum?: string;
  /** Decimal digits. */
  readonly version?: string;
}

export interface KeyRoute {
  readonly kind: 'key';
  readonly gun: string;
  readonly role: 'timestamp' | 'snapshot';
  /** True when a new key is asked for. */
  readonly rotate: boolean;
}

const gun = '/v2/(?<gun>[^*]+)/_trust';
const role = String.raw`(?<role>root|targets(?:/[^/\s]+)*|snapshot|timestamp)`;
const checksum = '(?<checksum>[a-fA-F0-9]{64}|[a-fA-F0-9]{96}|[a-fA-F0-9]{128})';
const version = '(?<version>[0-9]+)';
const collection = new RegExp(`^${gun}/tuf/$`, 'su');
const key = new RegExp(String.raw`^${gun}/tuf/(?<role>snapshot|timestamp)\.key$`, 'su');
const feed = new RegExp(`^${gun}/changefeed$`, 'su');
/** In the order in which they are tried. */
const files = [
  String.raw`^${gun}/tuf/${role}\.${checksum}\.json$`,
  String.raw`^${gun}/tuf/${version}\.${role}\.json$`,
  String.raw`^${gun}/tuf/${role}\.json$`,
].map((pattern) => new RegExp(pattern, 'su'));

const usualMethods: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'HEAD', 'DELETE']);

/** @param asked path and query as in the request line, or a whole URL (RFC 9112 3.2.2) */
export function route(method: string, asked: string): Route {
  if (method === 'OPTIONS' && asked === '*') return { kind: 'options' };
  const origin = /^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i.exec(asked)?.[0] ?? '';
  const target = asked.slice(origin.length);
  const mark = target.indexOf('?');
  const query = mark < 0 ? '' : target.slice(mark + 1);
  const path = decodePath(mark < 0 ? target : target.slice(0, mark));
  if (path === undefined) return { kind: 'bad request' };
  const clean = cleanPath(path);
  if (clean !== path) {
    const location = origin + encodePath(clean) + (query === '' ? '' : `?${query}`);
    return { kind: 'redirect', location };
  }
  const found = usualMethods.has(method) ? match(method, path, query) : undefined;
  return found ?? { kind: unmatched(method, path) };
}

/** Notary's rule for all other paths is a pattern, with the usual methods, that ends at a line feed. */
function unmatched(method: string, path: string): 'not found' | 'no page' | 'method not allowed' {
  if (!path.includes('\n')) return usualMethods.has(method) ? 'not found' : 'method not allowed';
  const isKnown = ['GET', 'POST', 'DELETE'].some((other) => match(other, path, '') !== undefined);
  return isKnown ? 'method not allowed' : 'no page';
}

/** GUNs have 255 bytes, and names of roles as many; a longer path would be looked through many times. */
const maxPath = 16 * 1024;

function match(method: string, path: string, query: string): Route | undefined {
  if (path.length > maxPath) return undefined;
  switch (method) {
    case 'GET':
      return matchGet(path, query);
    case 'POST': {
      const update = collection.exec(path)?.groups;
      if (update !== undefined) return { kind: 'update', gun: update['gun'] ?? '' };
      return matchKey(path, true);
    }
    case 'DELETE': {
      const groups = collection.exec(path)?.groups;
      return groups && { kind: 'delete', gun: groups['gun'] ?? '' };
    }
    default:
      return undefined;
  }
}

function matchGet(path: string, query: string): Route | undefined {
  if (path === '/v2/') return { kind: 'ping' };
  if (path === '/_notary_server/health') return { kind: 'health' };
  for (const pattern of files) {
    const groups = pattern.exec(path)?.groups;
    if (groups === undefined) continue;
    const { checksum: hash, version: number } = groups;
    return {
      kind: 'file',
      gun: groups['gun'] ?? '',
      role: groups['role'] ?? '',
      ...(hash === undefined ? {} : { checksum: hash }),
      ...(number === undefined ? {} : { version: number }),
    };
  }
  const changesOf = feed.exec(path)?.groups?.['gun'];
  if (changesOf !== undefined) return { kind: 'changes', gun: changesOf, query: readQuery(query) };
  if (path === '/v2/_trust/changefeed') return { kind: 'changes', gun: '', query: readQuery(query) };
  return matchKey(path, false);
}

function matchKey(path: string, rotate: boolean): KeyRoute | undefined {
  const groups = key.exec(path)?.groups;
  if (groups === undefined) return undefined;
  const held = groups['role'] === 'snapshot' ? 'snapshot' : 'timestamp';
  return { kind: 'key', gun: groups['gun'] ?? '', role: held, rotate };
}

/** The first value of every name; a pair with a semicolon or a broken escape is passed over, as in Go. */
function readQuery(query: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const pair of query.split('&')) {
    if (pair.includes(';') || brokenEscape.test(pair)) continue;
    const [[name, value] = ['', '']] = new URLSearchParams(pair);
    if (!values.has(name)) values.set(name, value);
  }
  return values;
}

const brokenEscape = /%(?![0-9a-fA-F]{2})/;

function decodePath(encoded: string): string | undefined {
  if (brokenEscape.test(encoded)) return undefined;
  const bytes = encoded.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** As Go escapes the path of a URL. */
function encodePath(path: string): string {
  return encodeURIComponent(path)
    .replace(/%(24|26|2B|2C|2F|3A|3B|3D|40)/g, decodeURIComponent)
    .replace(/[!'()*]/g, (unit) => `%${unit.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Without empty, `.` and `..` segments; a slash at the end stays. */
function cleanPath(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  const clean = `/${kept.join('/')}`;
  return path.endsWith('/') && clean !== '/' ? `${clean}/` : clean;
}
