/** JSON that two readers would read as two documents, or that a careless one chokes on, in every kind of file. */

import { describe, expect, it } from 'vitest';
import {
  type Change,
  parseChange,
  parseDelegationContent,
  parseRoleKeysContent,
  parseTargetContent,
} from '../../src/changelist/change.ts';
import { parseConfigFile } from '../../src/cli/config/config-file.ts';
import { parseServerKey } from '../../src/client/key-lifecycle/server-key.ts';
import { publish } from '../../src/client/publish/publish.ts';
import { update } from '../../src/client/update/update.ts';
import { generateEcdsaKey } from '../../src/crypto/keys/private-key.ts';
import { isNotaryError, type NotaryError } from '../../src/errors.ts';
import { actor } from '../support/actor.ts';
import { ForgedCollection, forgedGun } from '../support/forged-repository.ts';
import { memoryClock } from '../support/memory-ports.ts';
import { refusingUnreadable } from '../support/unreadable.ts';

const delegations = ['targets/a'];
const roles = ['root', 'timestamp', 'snapshot', 'targets', 'targets/a'];
const honest = new ForgedCollection({ delegations });
const textOf = (role: string) => Buffer.from(honest.files.get(role) ?? []).toString();

/** Serves a role's file as this text, under checksums that fit, to a newcomer. */
async function serve(role: string, text: string): Promise<void> {
  const { files, contents } = honest;
  const kept = { files: new Map(files), contents: new Map(contents) };
  files.set(role, Buffer.from(text));
  if (role === 'snapshot') honest.settleTimestamp();
  else if (role !== 'timestamp') honest.settle();
  const reader = actor(honest.server, memoryClock(), forgedGun);
  try {
    await update(refusingUnreadable(reader));
  } catch (error) {
    expect((error as NotaryError).details).toMatchObject({ role, gun: forgedGun });
    expect(reader.cache.files.has(role)).toBe(false);
    throw error;
  } finally {
    for (const [name, bytes] of kept.files) files.set(name, bytes);
    for (const [name, content] of kept.contents) contents.set(name, content);
  }
}

const publicKey = generateEcdsaKey().publicKey;
const keyText = JSON.stringify({
  keytype: publicKey.keyType,
  keyval: { private: null, public: publicKey.value },
});
const targetText = '{"length":3,"hashes":{"sha256":"AAAA"}}';
const change = (content: string): Change => ({
  action: 'create',
  scope: 'targets',
  type: 'target',
  path: 't',
  content: Buffer.from(content),
});

interface Kind {
  readonly text: string;
  readonly read: (text: string) => unknown;
}

/** Every kind of file, with a sound text of it. */
const kinds: Readonly<Record<string, Kind>> = {
  ...Object.fromEntries(
    roles.map((role) => [
      `the file of ${role}`,
      { text: textOf(role), read: (text: string) => serve(role, text) },
    ]),
  ),
  'a staged change': {
    text: '{"action":"create","role":"targets","type":"target","path":"t","data":"e30="}',
    read: (text) => parseChange(Buffer.from(text)),
  },
  'the target in a change': { text: targetText, read: (text) => parseTargetContent(change(text)) },
  'the delegation in a change': {
    text: `{"threshold":1,"add_keys":[${keyText}],"add_paths":[""]}`,
    read: (text) => parseDelegationContent(change(text)),
  },
  'the keys in a change': {
    text: `{"role":"targets","keys":[${keyText}]}`,
    read: (text) => parseRoleKeysContent(change(text)),
  },
  'a key of the server': { text: keyText, read: (text) => parseServerKey(Buffer.from(text)) },
  'the configuration': {
    text: '{"remote_server":{"url":"https://a"},"trust_dir":"~/t"}',
    read: (text) => parseConfigFile('/c.json', Buffer.from(text)),
  },
};

async function verdict({ read }: Kind, text: string): Promise<string> {
  try {
    await read(text);
    return 'read';
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    expect(error.message).toMatch(/^[^\p{Cc}]+$/u);
    return error.code === 'CONFIG_INVALID' ? 'MALFORMED_JSON' : error.code;
  }
}

describe('G6 a repeated member name', () => {
  /** Each place where a member begins, with its name. */
  const members = (text: string) =>
    [...text.matchAll(/"((?:[^"\\]|\\.)*)":/g)].map(({ index, 1: name = '' }) => ({ index, name }));
  const cases = Object.entries(kinds).flatMap(([kind, { text }]) =>
    members(text).map(
      ({ index, name }, at) => [`${at + 1} (${name.slice(0, 20)})`, kind, index, name] as const,
    ),
  );

  it.each(cases)('a repeated member name is refused before member %s of %s', async (_, kind, index, name) => {
    const file = kinds[kind];
    if (file === undefined) throw new Error(kind);
    const repeated = `${file.text.slice(0, index)}"${name}":null,${file.text.slice(index)}`;
    expect(await verdict(file, repeated)).toBe('MALFORMED_JSON');
  });

  it.each(Object.keys(kinds))(
    'a repeated member name is refused in %s when it is spelt with escapes',
    async (kind) => {
      const file = kinds[kind];
      if (file === undefined) throw new Error(kind);
      const [first] = members(file.text);
      const escaped = Array.from(first?.name ?? '')
        .map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)
        .join('');
      expect(await verdict(file, `{"${escaped}":0,${file.text.slice(1)}`)).toBe('MALFORMED_JSON');
    },
  );

  it.each(Object.keys(kinds))('a well-formed %s has no repeated member name', async (kind) => {
    const file = kinds[kind];
    if (file === undefined) throw new Error(kind);
    expect(await verdict(file, file.text)).toBe('read');
  });

  it('a repeated member name stops a publication, which keeps what is staged and names the file', async () => {
    const collection = new ForgedCollection({ delegations });
    const owner = actor(collection.server, memoryClock(), forgedGun);
    await owner.changelist.add(
      Buffer.from(
        '{"action":"create","action":"delete","role":"targets","type":"target","path":"t","data":"e30="}',
      ),
    );
    await expect(publish(owner)).rejects.toMatchObject({
      code: 'MALFORMED_JSON',
      details: { file: '0000.change' },
    });
    expect(owner.changelist.changes.size).toBe(1);
    expect(collection.server.asked).toEqual([]);
  });
});

describe('G7 an odd value beside what is signed', () => {
  const odd: readonly (readonly [what: string, value: string])[] = [
    ...[
      'NaN',
      'Infinity',
      '-Infinity',
      '1e999',
      '-1e999',
      '0x10',
      '01',
      '-01',
      '+1',
      '.5',
      '1.',
      '1e',
      '1e+',
      '--1',
      '1_000',
      '1n',
    ].map((value) => [`number ${value}`, value] as const),
    ...[
      'undefined',
      'True',
      'nul',
      'nulll',
      'None',
      "'text'",
      '`text`',
      '"\\x41"',
      '"\\u12"',
      '"\\u12G4"',
      '"open',
    ].map((value) => [`word ${value}`, value] as const),
    ...[
      '[1,]',
      '[,1]',
      '[1 2]',
      '{,}',
      '{"a":1,}',
      '{a:1}',
      '{"a"}',
      '{"a":}',
      '{1:1}',
      '[1}',
      '{"a":1]',
      '/**/1',
      '1//',
    ].map((value) => [`structure ${value}`, value] as const),
    ['a high surrogate alone', '"\\ud800"'],
    ['a low surrogate alone', '"\\udc00"'],
    ['surrogates in the wrong order', '"\\udc00\\ud800"'],
    ['a surrogate in a name', '{"\\ud800":1}'],
    ['a raw line end', '"\n"'],
    ['a raw NUL', '"\u0000"'],
    ['65 lists', `${'['.repeat(64)}${']'.repeat(64)}`],
    ['100,000 objects', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
    ['a number beyond all integers', '9223372036854775808'],
    ['a number below all integers', '-9223372036854775809'],
    ['a repeated member far inside', '[[[{"a":{"b":1,"b":1}}]]]'],
  ];
  const cases = Object.keys(kinds).flatMap((kind) =>
    odd.map(([what, value]) => [what, kind, value] as const),
  );
  // Settings may have fractions, and so their numbers are not those of trust data.
  const settings = new Set(['a number beyond all integers', 'a number below all integers']);

  it.each(cases)('an odd value beside what is signed is refused: %s in %s', async (what, kind, value) => {
    const file = kinds[kind];
    if (file === undefined) throw new Error(kind);
    const expected = kind === 'the configuration' && settings.has(what) ? 'read' : 'MALFORMED_JSON';
    expect(await verdict(file, `{"x":${value},${file.text.slice(1)}`)).toBe(expected);
  });

  const around: readonly (readonly [what: string, wrap: (text: string) => string | Buffer])[] = [
    ['a byte order mark before', (text) => `\ufeff${text}`],
    ['a second document behind', (text) => `${text}{}`],
    ['a NUL behind', (text) => `${text}\u0000`],
    ['a form feed before', (text) => `\f${text}`],
    ['a no-break space before', (text) => `\u00a0${text}`],
    ['a line separator behind', (text) => `${text}\u2028`],
    ['a semicolon behind', (text) => `${text};`],
    ['a prefix against inclusion before', (text) => `)]}',\n${text}`],
  ];

  it.each(Object.keys(kinds).flatMap((kind) => around.map(([what, wrap]) => [what, kind, wrap] as const)))(
    'an odd value beside what is signed is refused: %s %s',
    async (what, kind, wrap) => {
      const file = kinds[kind];
      if (file === undefined) throw new Error(kind);
      // Editors of Windows put one before what people write.
      const isUsual = kind === 'the configuration' && what.startsWith('a byte order mark');
      expect(await verdict(file, String(wrap(file.text)))).toBe(isUsual ? 'read' : 'MALFORMED_JSON');
    },
  );

  const known: readonly (readonly [what: string, value: string])[] = [
    ['a member of any name', '{"":{"\u{1f600}":[null,true,-1,0,"\\u0000"]}}'],
    ['a member that looks like a prototype', '{"__proto__":{"signed":1},"constructor":{"prototype":{}}}'],
    ['the largest integer', '9223372036854774784'],
    ['a pair of surrogates', '"\\ud83d\\ude00"'],
    ['60 lists', `${'['.repeat(60)}${']'.repeat(60)}`],
    ['a whole number with an exponent', '1e3'],
    ['minus zero', '-0'],
  ];

  it.each(Object.keys(kinds).flatMap((kind) => known.map(([what, value]) => [what, kind, value] as const)))(
    'an odd value beside what is signed does no harm when it is sound: %s in %s',
    async (_, kind, value) => {
      const file = kinds[kind];
      if (file === undefined) throw new Error(kind);
      expect(await verdict(file, `{"x":${value},${file.text.slice(1)}`)).toBe('read');
      expect(({} as Record<string, unknown>)['signed']).toBeUndefined();
    },
  );
});
