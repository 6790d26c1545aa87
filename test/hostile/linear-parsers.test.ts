/**
 * Every reader of text from outside, given ten mebibytes of the worst that it can get. All of them are done in
 * seconds; a reader whose work grows with the square of its text would take minutes or hours.
 */

import { runInThisContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { parseChallenges } from '../../src/adapters/http/auth/challenge.ts';
import { hostOf } from '../../src/adapters/http/docker/docker-hosts.ts';
import { httpRemoteStore } from '../../src/adapters/http/notary/remote-store.ts';
import { reportedErrors } from '../../src/adapters/http/transport/server-error.ts';
import { parseChange } from '../../src/changelist/change.ts';
import { readIni, readProperties } from '../../src/cli/config/ini-and-properties.ts';
import { checkServerUrl } from '../../src/cli/config/server-url.ts';
import { keysView } from '../../src/cli/render/keys.ts';
import { escapeCell, escapeForTerminal, visibleJson } from '../../src/cli/render/terminal-escape.ts';
import { parseBundle, parseCertificate } from '../../src/crypto/certificates/x509.ts';
import { asCanonicalKeyId } from '../../src/crypto/keys/key-id.ts';
import { usableKey } from '../../src/crypto/keys/verification-key.ts';
import { fromBase64, fromHex, fromUtf8, isBase64, utf8 } from '../../src/encoding/bytes.ts';
import { canonicalJson, goJson } from '../../src/encoding/canonical-json.ts';
import { readDer, readInteger, readOid, readText, readTime } from '../../src/encoding/der/read.ts';
import { readJson } from '../../src/encoding/json.ts';
import { oneLine } from '../../src/encoding/one-line.ts';
import { parsePem } from '../../src/encoding/pem.ts';
import { parseInstant } from '../../src/encoding/rfc3339.ts';
import { isNotaryError } from '../../src/errors.ts';
import { readCsvRecord } from '../../src/go/csv.ts';
import { goQuote } from '../../src/go/quote.ts';
import { withDefaults } from '../../src/keys/import-defaults.ts';
import { parseGun } from '../../src/metadata/gun.ts';
import { isDelegation } from '../../src/metadata/role-name.ts';
import { parseEnvelope } from '../../src/metadata/signed.ts';
import { parseUsers } from '../../src/server/auth/users.ts';
import { parseParametrised } from '../../src/server/http/header-parameters.ts';
import { readParts } from '../../src/server/http/multipart.ts';
import { route } from '../../src/server/http/routes.ts';
import { pathsAllow, restrictPaths } from '../../src/tuf/path-prefixes.ts';

const size = 10 * 1024 * 1024;
/** Milliseconds. Generous: on a quiet machine each takes a second or two. */
const limit = 60_000;

const times = (text: string) => text.repeat(Math.ceil(size / text.length));
/** So many different words of about ten bytes as ten mebibytes have. */
const words = <T>(make: (index: number) => T) => Array.from({ length: size / 10 }, (_, index) => make(index));

/** A value with a length of four octets. */
function long(tag: number, content: Uint8Array): Buffer {
  const head = Buffer.from([tag, 0x84, 0, 0, 0, 0]);
  head.writeUInt32BE(content.length, 2);
  return Buffer.concat([head, content]);
}
const octets = (hex: string) =>
  Buffer.from(times(hex.length > 2 ? hex : hex.repeat(8)).slice(0, size * 2), 'hex');

const gun = parseGun('example.com/a');
const headers = (path: string) => new Map([['path', path]]);
const imported = (path: string) =>
  withDefaults(
    { type: 'PRIVATE KEY', headers: headers(path), bytes: utf8('') },
    { role: '', gun: '', source: '' },
  );
const nowhere = { send: () => Promise.reject(new Error('nothing is sent')), close: async () => undefined };
const formOf = (body: string) => () => Array.from(readParts('b', utf8(body)));
const file = (text: string) => () => parseEnvelope(utf8(text));

type Case = readonly [parser: string, input: string, work: () => unknown];

const cases: readonly Case[] = [
  ['JSON', 'a list in a list', () => readJson(utf8(times('[')))],
  ['JSON', 'many lists', () => readJson(utf8(`[${times('[],').slice(0, -1)}]`))],
  ['JSON', 'many digits', () => readJson(utf8(times('1')))],
  ['JSON', 'many digits of a fraction', () => readJson(utf8(`0.${times('1')}`), { fractions: true })],
  ['JSON', 'a huge exponent', () => readJson(utf8(`1e${times('1')}`))],
  ['JSON', 'escapes', () => readJson(utf8(`"${times('\\u0041')}"`))],
  ['JSON', 'backslashes', () => readJson(utf8(`"${times('\\\\')}"`))],
  ['JSON', 'a text without an end', () => readJson(utf8(`"${times('a')}`))],
  ['JSON', 'blanks', () => readJson(utf8(times(' ')))],
  [
    'JSON',
    'names in no order',
    () => readJson(utf8(`{${words((n) => `"${((n * 7919) % 1048573).toString(36)}":1`).join()}}`)),
  ],
  ['JSON', 'long names that begin alike', () => readJson(utf8(`{"${times('a')}b":1,"${times('a')}a":2}`))],
  [
    'metadata',
    'signatures that are no base64',
    file(`{"signed":{},"signatures":[${times('{"sig":"="},')}]}`),
  ],
  ['canonical JSON', 'quotes', () => canonicalJson(times('"'))],
  [
    'canonical JSON',
    'names in no order',
    () => canonicalJson(new Map(words((n) => [((n * 7919) % 1048573).toString(36), n] as const))),
  ],
  ['JSON as Go writes it', 'controls and signs of HTML', () => goJson(times('\b<&'))],
  ['UTF-8', 'broken sequences', () => fromUtf8(octets('f0'))],
  ['base64', 'blanks', () => fromBase64(times(' '))],
  ['base64', 'padding', () => isBase64(times('===='))],
  ['hexadecimal', 'a stranger at the end', () => fromHex(`${times('00').slice(1)}g`)],
  ['PEM', 'begin lines', () => parsePem(utf8(times('-----BEGIN A-----\n')))],
  [
    'PEM',
    'begin lines before one end line',
    () => parsePem(utf8(`${times('-----BEGIN A-----\n')}-----END A-----\n`)),
  ],
  [
    'PEM',
    'begin lines before an end line without an end',
    () =>
      parsePem(
        utf8(
          `${times('-----BEGIN A-----\n').slice(0, size / 2)}\n-----END A-----${times(' ').slice(0, size / 2)}x`,
        ),
      ),
  ],
  ['PEM', 'end lines', () => parsePem(utf8(`-----BEGIN A-----\n${times('-----END B-----\n')}`))],
  [
    'PEM',
    'blocks that are no base64',
    () => parsePem(utf8(times('-----BEGIN A-----\n*\n-----END A-----\n'))),
  ],
  ['PEM', 'headers', () => parsePem(utf8(`-----BEGIN A-----\n${times('a: b\n')}`))],
  ['PEM', 'a header of blanks', () => parsePem(utf8(`-----BEGIN A-----\na:${times(' ')}b\n`))],
  ['PEM', 'small blocks', () => parsePem(utf8(times('-----BEGIN A-----\nAAAA\n-----END A-----\n')))],
  ['DER', 'values in values', () => readDer(octets('3080')).children()],
  ['DER', 'five million values in one', () => readDer(long(0x30, octets('0500'))).children()],
  ['DER', 'a number of an OID without an end', () => readOid(readDer(long(0x06, octets('81'))), 'OID')],
  ['DER', 'numbers of an OID', () => readOid(readDer(long(0x06, octets('01'))), 'OID')],
  ['DER', 'an integer', () => readInteger(readDer(long(0x02, octets('11'))), 'integer')],
  ['DER', 'a time', () => readTime(readDer(long(0x18, octets('31'))), 'time')],
  [
    'DER',
    'a text',
    () => readText(readDer(long(0x13, Buffer.concat([octets('61'), Buffer.from('@')]))), 'text'),
  ],
  ['certificates', 'begin lines', () => parseBundle(utf8(times('-----BEGIN CERTIFICATE-----\n')))],
  ['certificates', 'sequences', () => parseCertificate(long(0x30, octets('3000')))],
  [
    'public keys',
    'an RSA modulus',
    () => usableKey({ keyType: 'rsa', value: spkiOfModulus().toString('base64') }),
  ],
  [
    'public keys',
    'a bundle of begin lines',
    () =>
      usableKey({
        keyType: 'ecdsa-x509',
        value: Buffer.from(times('-----BEGIN CERTIFICATE-----\n')).toString('base64'),
      }),
  ],
  ['times', 'digits of a fraction', () => parseInstant(`2026-01-01T00:00:00.${times('0')}`)],
  ['GUNs', 'slashes', () => parseGun(times('a/'))],
  ['role names', 'segments', () => isDelegation(times('targets/'))],
  [
    'change files',
    'a path without an end',
    () => parseChange(utf8(`{"action":"create","role":"","type":"","path":"${times('a')}`)),
  ],
  [
    'change files',
    'base64 without an end',
    () => parseChange(utf8(`{"action":"create","role":"","type":"","path":"","data":"${times('A')}`)),
  ],
  ['challenges', 'words', () => parseChallenges([times('a ')])],
  ['challenges', 'one word', () => parseChallenges([times('a')])],
  ['challenges', 'a quotation without an end', () => parseChallenges([`Bearer realm="${times('\\"')}`])],
  ['challenges', 'quotation marks', () => parseChallenges([`Bearer ${times('a="",')}`])],
  ['challenges', 'blanks', () => parseChallenges([`Bearer a${times(' ')}`])],
  ['server errors', 'controls', () => oneLine(`${times('\u0001 ')}a`)],
  ['server errors', 'entries', () => reportedErrors(utf8(`{"errors":[${times('{},').slice(0, -1)}]}`))],
  ['keys of docker logins', 'slashes', () => hostOf(times('/'))],
  ['keys of docker logins', 'a long host', () => hostOf(`https://${times('a')}/v2/v2`)],
  [
    'URLs of servers',
    'slashes before something else',
    () => httpRemoteStore(nowhere, `https://a${times('/')}b`, gun),
  ],
  [
    'URLs of configurations',
    'slashes before something else',
    () => checkServerUrl(`https://a${times('/')}b`, gun, true),
  ],
  ['URLs of configurations', 'colons', () => checkServerUrl(times('//a:'), gun, false)],
  ['properties', 'blanks before a line that is none', () => readProperties(`a ${times(' ')}\u2028b`)],
  ['properties', 'a name', () => readProperties(`${times('a')}\u2028\u2028`)],
  ['properties', 'continued lines', () => readProperties(times('\\\n '))],
  ['INI files', 'blanks without a delimiter', () => readIni(`a${times(' ')}b`)],
  ['INI files', 'blanks in a name', () => readIni(`${times('a ')}=${times(' ')}\rb`)],
  ['lists of flags', 'quotation marks', () => readCsvRecord(times('"",'))],
  ['lists of flags', 'lines of a field', () => readCsvRecord(`"${times('\n')}`)],
  ['headers of keys', 'slashes in a path', () => imported(`tuf_keys${times('/')}a/b${times('/')}c`)],
  [
    'the list of keys',
    'a long GUN',
    () => keysView.text([{ role: 'targets', gun: times('é'), keyId: asCanonicalKeyId(''), location: '' }]),
  ],
  ['text for terminals', 'backslashes', () => escapeForTerminal(times('\\x0'))],
  ['text for terminals', 'marks', () => escapeForTerminal(times('a\u0301'))],
  ['text for terminals', 'controls', () => escapeCell(times('\u0001'))],
  ['JSON for terminals', 'controls', () => visibleJson(times('\u200b'))],
  ['log messages', 'controls', () => goQuote(times('\u200b'))],
  ['requests to a sandbox', 'digits', () => route('GET', `/v2/a/_trust/tuf/${times('1')}.x`)],
  ['requests to a sandbox', 'roles in roles', () => route('GET', `/v2/a${times('/_trust/tuf/targets')}`)],
  ['forms', 'lines', formOf(times('\n'))],
  ['forms', 'boundaries that are none', formOf(`--b\r\n\r\n${times('\r\n--bb')}`)],
  ['forms', 'folded headers', formOf(`--b\r\na: b${times('\r\n ')}`)],
  [
    'header values',
    'parameters',
    () => parseParametrised(`a/b${words((n) => `;${n.toString(36)}*=1`).join('')}`),
  ],
  ['header values', 'blanks', () => parseParametrised(`a/b;${times(' ')}x`)],
  ['files of users', 'lines', () => parseUsers(utf8(times('\n')), 'users')],
  [
    'path prefixes',
    'as many for parent and child',
    () =>
      restrictPaths(
        words((n) => `p${n}`),
        words((n) => `q${n}`),
      ),
  ],
  [
    'path prefixes',
    'of all lengths',
    () =>
      pathsAllow(
        Array.from({ length: 4500 }, (_, n) => `${'a'.repeat(n)}b`),
        times('a'),
      ),
  ],
];

function spkiOfModulus(): Buffer {
  const rsaEncryption = Buffer.from('300d06092a864886f70d0101010500', 'hex');
  const key = long(0x30, Buffer.concat([long(0x02, octets('7f')), Buffer.from('0203010001', 'hex')]));
  return long(0x30, Buffer.concat([rsaEncryption, long(0x03, Buffer.concat([Buffer.of(0), key]))]));
}

/** Does the work, and ends it when the time is up, which a test's own limit cannot do. */
function within(milliseconds: number, work: () => unknown): void {
  Object.assign(globalThis, { boundedWork: work });
  runInThisContext('boundedWork()', { timeout: milliseconds });
}

describe('G34 ten mebibytes of the worst for a parser', () => {
  it.each(cases)(
    'ten mebibytes of the worst are read or refused in time by the reader of %s: %s',
    (_, __, work) => {
      try {
        within(limit, work);
      } catch (error) {
        if (!isNotaryError(error)) throw error;
        expect(error.code).toBeDefined();
      }
    },
    2 * limit,
  );
});
