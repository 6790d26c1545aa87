/**
 * Issues and verifies tokens: JSON Web Tokens (RFC 7519) with HMAC SHA-256, which only the server can make. It
 * keeps no list of them.
 */

import { hmacSha256 } from '../../crypto/signatures/digest.ts';
import { equalBytes, fromUtf8, utf8 } from '../../encoding/bytes.ts';
import { goJson } from '../../encoding/canonical-json.ts';
import { asArray, asInteger, asObject, asString, readJson } from '../../encoding/json.ts';
import type { JsonObject, JsonValue } from '../../encoding/json-value.ts';
import { isNotaryError } from '../../errors.ts';

/** Something that may be done: `repository`, a GUN, and `pull`, `push` or `*`. */
export interface Permission {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

export interface Claims {
  /** Empty for an anonymous reader. */
  readonly user: string;
  readonly access: readonly Permission[];
  /** Unix time in seconds. */
  readonly expires: number;
}

const header = base64url(utf8('{"alg":"HS256","typ":"JWT"}'));

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

/** @param secret at least 32 bytes, of the server alone */
export function writeToken(secret: Uint8Array, { user, access, expires }: Claims): string {
  const claims = new Map<string, JsonValue>([
    ['sub', user],
    ['exp', expires],
    [
      'access',
      access.map(
        ({ type, name, actions }) =>
          new Map<string, JsonValue>([
            ['type', type],
            ['name', name],
            ['actions', actions],
          ]),
      ),
    ],
  ]);
  const body = `${header}.${base64url(utf8(goJson(claims)))}`;
  return `${body}.${base64url(hmacSha256(secret, utf8(body)))}`;
}

/** What a token says; undefined for one that is not of this secret, or past its time. @param now Unix seconds */
export function readToken(secret: Uint8Array, token: string, now: number): Claims | undefined {
  const last = token.lastIndexOf('.');
  const body = token.slice(0, Math.max(last, 0));
  const code = Buffer.from(token.slice(last + 1), 'base64url');
  if (!body.startsWith(`${header}.`) || !equalBytes(code, hmacSha256(secret, utf8(body)))) return undefined;
  try {
    const text = Buffer.from(body.slice(header.length + 1), 'base64url');
    const claims = asObject(readJson(utf8(fromUtf8(text))), 'claims');
    const expires = asInteger(claims.get('exp'), 'exp');
    const access = asArray(claims.get('access'), 'access').map((one) => accessOf(asObject(one, 'access')));
    return expires > now ? { user: asString(claims.get('sub'), 'sub'), access, expires } : undefined;
  } catch (error) {
    if (isNotaryError(error)) return undefined;
    throw error;
  }
}

function accessOf(fields: JsonObject): Permission {
  return {
    type: asString(fields.get('type'), 'type'),
    name: asString(fields.get('name'), 'name'),
    actions: asArray(fields.get('actions'), 'actions').map((action) => asString(action, 'action')),
  };
}

/** `repository:NAME:ACTION,ACTION`, where the name may hold colons; undefined for another text. */
export function parseScope(scope: string): Permission | undefined {
  const first = scope.indexOf(':');
  const last = scope.lastIndexOf(':');
  if (first < 1 || last === first) return undefined;
  const actions = scope
    .slice(last + 1)
    .split(',')
    .filter((action) => action !== '');
  return { type: scope.slice(0, first), name: scope.slice(first + 1, last), actions };
}
