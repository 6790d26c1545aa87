/**
 * Reads image references as docker does: short names are of Docker Hub, and a first part that looks like a host is the
 * registry (distribution's reference grammar; docker CLI 28.2.2 for the messages).
 */

import { NotaryError } from '../errors.ts';
import { type Gun, parseGun } from '../metadata/gun.ts';

/** An image as its reference names it. */
export interface ImageReference {
  /** As it was typed. */
  readonly typed: string;
  /** The registry: host and, where one is given, port. */
  readonly domain: string;
  /** Without the registry: `library/alpine`. */
  readonly path: string;
  readonly tag: string | undefined;
  /** `sha256:` and 64 hex digits, or another algorithm and its digits. */
  readonly digest: string | undefined;
  readonly gun: Gun;
}

/** The registry of names that name none. */
export const dockerHub = 'docker.io';

const domainPart = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const domainPattern = String.raw`(?:${domainPart}(?:\.${domainPart})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?`;
const pathPart = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const tagPattern = String.raw`\w[\w.-]{0,127}`;
const digestPattern = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}';
const referencePattern = new RegExp(
  String.raw`^(${domainPattern})/(${pathPart}(?:/${pathPart})*)(?::(${tagPattern}))?(?:@(${digestPattern}))?$`,
);
const tagForm = new RegExp(`^${tagPattern}$`);
/** Lengths of the digests that docker knows, in hex digits. */
const digestLengths: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 };
/** The longest path of a repository, in characters. */
const maxPath = 255;

/** Whether a name can be the tag of an image. */
export function isTag(name: string): boolean {
  return tagForm.test(name);
}

/** @throws NotaryError IMAGE_NAME_INVALID */
export function parseReference(typed: string): ImageReference {
  if (/^[a-f0-9]{64}$/.test(typed))
    throw invalid(typed, `invalid repository name (${typed}), cannot specify 64-byte hexadecimal strings`);
  const [domain, rest] = splitDomain(typed);
  const name = rest.split(':')[0] ?? '';
  if (name.toLowerCase() !== name)
    throw invalid(typed, `invalid reference format: repository name (${name}) must be lowercase`);
  const [, , path, tag, digest] = referencePattern.exec(`${domain}/${rest}`) ?? [];
  if (path === undefined) throw invalid(typed, 'invalid reference format');
  if (path.length > maxPath)
    throw invalid(typed, `repository name must not be more than ${maxPath} characters`);
  if (digest !== undefined) checkDigest(typed, digest);
  return { typed, domain, path, tag, digest, gun: parseGun(`${domain}/${path}`) };
}

/** A first part with a dot, a colon or a capital letter is a host, and so is `localhost`. */
function splitDomain(typed: string): readonly [domain: string, rest: string] {
  const slash = typed.indexOf('/');
  const first = typed.slice(0, Math.max(slash, 0));
  const isHost = /[.:]/.test(first) || first === 'localhost' || first.toLowerCase() !== first;
  const [named, rest] = isHost ? [first, typed.slice(slash + 1)] : [dockerHub, typed];
  const domain = named === 'index.docker.io' ? dockerHub : named;
  return [domain, domain === dockerHub && !rest.includes('/') ? `library/${rest}` : rest];
}

function checkDigest(typed: string, digest: string): void {
  const [algorithm = '', digits = ''] = digest.split(':');
  const length = digestLengths[algorithm];
  if (length === undefined) throw invalid(typed, 'unsupported digest algorithm');
  if (digits.length !== length) throw invalid(typed, 'invalid checksum digest length');
  if (/[A-F]/.test(digits)) throw invalid(typed, 'invalid checksum digest format');
}

function invalid(typed: string, message: string): NotaryError {
  return new NotaryError('IMAGE_NAME_INVALID', message, { details: { image: typed } });
}

/** The name of a repository as docker shows it: `alpine` for `docker.io/library/alpine`. */
export function familiarName({ domain, path }: Pick<ImageReference, 'domain' | 'path'>): string {
  if (domain !== dockerHub) return `${domain}/${path}`;
  return /^library\/[^/]+$/.test(path) ? path.slice('library/'.length) : path;
}

/** What the user types to log in: docker takes no name for Docker Hub. */
export function loginCommand(domain: string): string {
  return domain === dockerHub ? 'docker login' : `docker login ${domain}`;
}
