/** Text from outside on its way to a terminal, through every command that shows some. */

import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonLine } from '../../../src/cli/render/as-json.ts';
import { plainLogLine, terminalLogLine } from '../../../src/cli/render/log-line.ts';
import { table } from '../../../src/cli/render/table.ts';
import { escapeCell, escapeForTerminal } from '../../../src/cli/render/terminal-escape.ts';
import { sign } from '../../../src/crypto/keys/private-key.ts';
import type { JsonObject } from '../../../src/encoding/json-value.ts';
import { plainData } from '../../../src/encoding/to-plain-json.ts';
import { signedMessage } from '../../../src/metadata/signed.ts';
import { fileMetaOf, sha256Hex } from '../../../src/tuf/checksums.ts';
import { certificates } from '../../support/genuine/certificates.ts';
import { listen } from '../../support/genuine/servers.ts';
import { handMade, utf8String } from '../../support/hand-made-certificate.ts';
import { epoch } from '../../support/memory-ports.ts';
import { type Run, type Setting, scratchHome } from '../../support/memory-system.ts';
import { type Signer, targetsContent } from '../../support/metadata-author.ts';
import {
  resealed,
  type SealedCollection,
  sealedCollection,
  signerOf,
} from '../../support/sealed-collection.ts';

/** Whatever acts on a terminal or cannot be seen; a line end where lines are expected is none of it. */
const acting = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u00a0\u2000-\u200f\ufeff\u3164\ufe0f]/u;

const names: Readonly<Record<string, string>> = {
  'a title sequence': 'a\u001b]0;owned\u0007b',
  'a colour sequence': 'a\u001b[31;1mred\u001b[0m',
  'a sequence that clears the screen': '\u001b[2J\u001b[H',
  'the eight-bit sequence introducer': 'a\u009b31mb',
  'a device control string': 'a\u0090q\u009c',
  'a carriage return': 'evil\rgood',
  'a line feed': 'good\nFORGED    0000    1    targets',
  'a tab': 'a\tb',
  'a backspace': 'evil\b\b\b\bgood',
  'a zero byte': 'a\0b',
  'a delete': 'a\u007fb',
  'a bell and a shift': '\u0007\u000e\u000f',
  'a next line': 'a\u0085FORGED',
  'text turned around': 'a\u202etxt.exe',
  'isolated text': 'a\u2066b\u2069',
  'marks of direction': 'a\u200eb\u200fc\u061cd',
  'a line separator': 'a\u2028FORGED\u2029',
  'a zero-width space': 'v1\u200b',
  'a zero-width joiner': 'v\u200d1',
  'a byte order mark': '\ufeffv1',
  'a soft hyphen': 'v\u00ad1',
  'a word joiner': 'v\u20601',
  'an invisible letter': 'v\u31641',
  'a tag': 'v\u{e0041}1',
  'a variation selector': 'v1\ufe0f',
  'a no-break space': 'v\u00a01',
  'an ideographic space': 'v\u30001',
  'spaces at its end': 'v1   ',
  'spaces that look like columns': 'v1        0000        5        targets',
  'a letter in two pieces': 'cafe\u0301',
  'very many marks': `z${'\u0335'.repeat(40)}`,
  'a character that no font knows': 'v\ue0001',
  'an escape that is text': 'a\\x1b[31m',
  'a backslash before an escape': 'a\\\u001b',
};
const plainNames = ['v1', 'v2', 'C:\\dir\\new', 'caf\u00e9', '\u6f22\u5b57', '\u{1f600}', 'a b'];

describe('G16 names that act on a terminal', () => {
  it.each(Object.entries(names))(
    'a name with %s has no effect in a table, an error, a record or a document',
    (_, name) => {
      const shown = [
        table(['NAME', 'ROLE'], [[name, name]]),
        escapeForTerminal(name),
        plainLogLine({ level: 'error', message: name, code: undefined }, epoch),
        jsonLine({ name, [name]: [name] }),
      ];
      for (const text of shown.slice(0, 2).concat(shown[3] ?? '')) expect(text).not.toMatch(acting);
      expect(shown[2]?.slice(0, -1)).not.toMatch(
        /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069\u200b-\u200f]/u,
      );
      // Colours of our own, nothing else.
      const record = terminalLogLine({ level: 'error', message: name, code: undefined }, 0);
      expect(record.replaceAll('\u001b[31m', '').replaceAll('\u001b[0m', '')).not.toMatch(acting);
      expect(record.split('\n')).toHaveLength(2);
      expect(table(['NAME', 'ROLE'], [[name, name]]).split('\n')).toHaveLength(4);
      expect(JSON.parse(jsonLine({ name, [name]: [name] }))).toEqual({ name, [name]: [name] });
    },
  );

  it.each(plainNames)('a name with nothing unusual (%s) is shown as it is', (name) => {
    expect([escapeForTerminal(name), escapeCell(name)]).toEqual([name, name]);
  });
});

/** Undoes the gate. */
function original(text: string): string {
  return text.replace(
    /\\(?:\\|x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8}))/g,
    (_, x?: string, u?: string, long?: string) => {
      const digits = x ?? u ?? long;
      return digits === undefined ? '\\' : String.fromCodePoint(Number.parseInt(digits, 16));
    },
  );
}

describe('G16 random names', () => {
  const seed = Number(process.env['TSNOTARY_TEXT_SEED'] ?? 20_261_122);
  const numRuns = Number(process.env['TSNOTARY_TEXT_RUNS'] ?? 10_000);
  const tricky = fc.constantFrom(
    ...['\\', 'x', 'u', 'U', '0', '1', 'b', 'e', ' ', '\u001b', '\n', '\u202e', '\ud800', '\u0301', '\u1100'],
    ...['\u1161', '\u11a8', '\u212b', '\u200d', '\u{e0041}', '\u{1f600}', '\u009b', '\u0327', 'c', '\uf900'],
  );
  const name = fc.oneof(
    fc.string({ unit: tricky, maxLength: 12 }),
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.string({ unit: 'grapheme', maxLength: 12 }),
  );

  it('random names never act on the terminal, and no two look alike', () => {
    fc.assert(
      fc.property(name, (text) => {
        for (const gate of [escapeForTerminal, escapeCell]) {
          const shown = gate(text);
          expect(shown).not.toMatch(/\p{Cc}|\p{Cf}|\p{Cs}|\p{Zl}|\p{Zp}/u);
          expect(shown.normalize('NFC')).toBe(shown);
          expect(original(shown)).toBe(text);
        }
        expect(escapeCell(text)).not.toMatch(/^ | $| {2}/);
        if (text.isWellFormed()) expect(JSON.parse(jsonLine({ a: text }))).toEqual({ a: text });
      }),
      { seed, numRuns },
    );
  });
});

/** The file as somebody could write it who signs control characters, as Notary itself never does. */
function sealedRaw(signed: JsonObject, { id, key }: Signer): Uint8Array {
  const { method, signature } = sign(key, signedMessage(signed));
  const signatures = [{ keyid: id, method, sig: Buffer.from(signature).toString('base64') }];
  return Buffer.from(JSON.stringify({ signed: plainData(signed), signatures }));
}

/** A collection whose targets and paths have all the names. */
function hostileCollection(gun: string): SealedCollection {
  const empty = sealedCollection({ gun, now: epoch, delegations: [['targets/a', ['']]] });
  const all = Object.values(names);
  const targets = (list: readonly string[]) =>
    Object.fromEntries(list.map((name) => [name, fileMetaOf(Buffer.from(name))]));
  const below = signerOf(empty, 'targets/a');
  const delegates = [{ name: 'targets/a', paths: [...all, ''], signers: [below] }];
  const own = targetsContent({ version: 5, delegates, targets: targets([...all, ...plainNames]) });
  const theirs = targetsContent({
    version: 5,
    targets: targets(all.map((name) => `in a delegation ${name}`)),
  });
  const files = new Map([
    ['targets', sealedRaw(own, signerOf(empty, 'targets'))],
    ['targets/a', sealedRaw(theirs, below)],
  ]);
  return resealed(empty, files);
}

describe('G16 a command', () => {
  const gun = 'docker.io/alice/demo';
  const collection = hostileCollection(gun);
  const home = scratchHome();
  const hostile = `\u001b]0;owned\u0007\u009b2J\u202e\r\nFORGED\u2028${'\u{1f600}'.repeat(400)}`;
  let stop: () => Promise<void> = async () => undefined;
  let url = '';
  let refusing = 0;

  beforeAll(async () => {
    const { serverCertificate, serverKey } = await certificates();
    const files = new Map<string, Uint8Array>();
    for (const [role, bytes] of collection.files) {
      files.set(`${role}.json`, bytes).set(`${role}.${sha256Hex(fileMetaOf(bytes)) ?? ''}.json`, bytes);
    }
    const server = createServer(
      { cert: readFileSync(serverCertificate), key: readFileSync(serverKey) },
      (request, response) => {
        const file = files.get(request.url?.replace(/.*\/_trust\/tuf\//, '') ?? '');
        if (request.url === '/v2/') response.end('{}');
        else if (refusing > 0) {
          const detail = { Name: 'ErrBadTargets', Error: { Msg: hostile.slice(0, 60) } };
          const errors = [{ code: `A${hostile}`, message: refusing === 400 ? 'x' : hostile, detail }];
          response.writeHead(refusing).end(JSON.stringify({ errors }).slice(0, 1024));
        } else if (file === undefined) response.writeHead(404).end();
        else response.end(file);
      },
    );
    const listening = await listen(server);
    stop = listening.stop;
    url = `https://localhost:${listening.port}`;
  });
  afterAll(async () => {
    await stop();
    home.remove();
  });

  const online = async (words: readonly string[], setting: Setting = {}): Promise<Run> =>
    home.run(['-s', url, '--tlscacert', (await certificates()).caCertificate, ...words], setting);

  function expectHarmless({ stdout, stderr }: Run): void {
    for (const text of [stdout.replaceAll('\n\t- ', '\n'), stderr]) {
      expect(text).not.toMatch(acting);
      expect(text.split('\n').filter((line) => line.startsWith('FORGED'))).toEqual([]);
    }
  }

  it('a command that lists shows every name on a line of its own, no two alike', async () => {
    const run = await online(['list', gun]);
    expect([run.status, run.stderr], run.stdout).toEqual([0, '']);
    expectHarmless(run);
    const rows = run.stdout.trimEnd().split('\n').slice(2);
    expect(rows).toHaveLength(Object.keys(names).length * 2 + plainNames.length);
    const shown = rows.map((row) =>
      row.replace(/ {4,}[0-9a-f]{64} {4,}\d+ {4,}targets(?:\/a)?$/, '').trimEnd(),
    );
    expect(new Set(shown.map((name) => name.normalize('NFC'))).size).toBe(rows.length);
    const all = [
      ...Object.values(names),
      ...plainNames,
      ...Object.values(names).map((name) => `in a delegation ${name}`),
    ];
    expect(shown.map(original).sort()).toEqual(all.sort());
  });

  it.each([
    ['list'],
    ['list', '--json'],
    ['delegation', 'list'],
    ['delegation', 'list', '--json'],
    ['status'],
    ['status', '--json'],
  ])('the command shows nothing that acts: %j %j', async (...words) => {
    const run = await online([...words, gun]);
    expect(run.status).toBe(0);
    expectHarmless(run);
    if (words.includes('--json')) expect(() => JSON.parse(run.stdout) as unknown).not.toThrow();
  });

  it.each(Object.entries(names))(
    'a command that looks up, verifies, adds and removes a name with %s shows nothing that acts',
    async (_, name) => {
      const file = join(home.folder, 'payload');
      writeFileSync(file, 'other content');
      const runs = [
        await online(['lookup', gun, name]),
        await online(['lookup', '--json', gun, `not there ${name}`]),
        await online(['lookup', gun, `not there ${name}`]),
        await online(['verify', gun, name, '-i', file]),
      ];
      for (const run of runs) expectHarmless(run);
      expect(runs.map(({ status }) => status).slice(1)).toEqual([1, 1, 1]);
    },
  );

  it('a command that stages hostile names shows them harmless', async () => {
    const other = 'docker.io/alice/other';
    const file = join(home.folder, 'payload');
    for (const name of Object.values(names)) {
      expectHarmless(await online(['add', other, name, file]));
      expectHarmless(await online(['remove', other, name]));
    }
    expectHarmless(await online(['status', other]));
    expectHarmless(await online(['status', '--json', other]));
    expectHarmless(await online(['reset', other, '--all']));
  });

  it.each(Object.entries(names))(
    'a command that is given a GUN, a role, a file and a flag with %s shows nothing that acts',
    async (_, name) => {
      const lines = [
        ['list', name],
        ['list', `docker.io/${name}`],
        ['list', gun, '-r', `targets/${name}`],
        ['status', '--json', name],
        ['witness', gun, name],
        ['delegation', 'add', gun, `targets/${name}`, '--all-paths'],
        ['delegation', 'remove', gun, name, '-y'],
        ['key', 'rotate', gun, name],
        ['add', gun, 'x', `/nowhere/${name}`],
        ['verify', gun, 'v1', '-i', `/nowhere/${name}`],
        ['key', 'import', `/nowhere/${name}`],
        ['key', 'remove', name],
        ['key', 'export', '--gun', name, '--key', name],
        ['-c', `/nowhere/${name}`, 'list', gun],
        [`--${name}`],
        [name],
        ['help', name],
        ['__complete', `-${name}`, name, name],
        // A name that is a host is not looked up.
        ['-s', `https://${URL.canParse(`https://${name}`) ? '127.0.0.1:1/' : ''}${name}`, 'list', gun],
        ['-s', name, 'list', gun],
        ['--tlscacert', `/nowhere/${name}`, 'list', gun],
        ['-d', join(home.folder, 'apart', name.replaceAll('\0', '')), 'key', 'list'],
      ];
      for (const words of lines) {
        const run = await home.run(words, { terminal: true });
        // Usage screens have tabs and columns of their own.
        expectHarmless({
          ...run,
          stdout: run.stdout.replaceAll('\t', ' '),
          stderr: run.stderr.replaceAll('\t', ' '),
        });
        expect(run.stdout + run.stderr).not.toMatch(/internal error|\n\s+at /);
      }
    },
  );

  it.each([400, 401, 403, 404, 409, 413, 500, 503])(
    'a command that is refused with %i and hostile words shows nothing that acts',
    async (status) => {
      refusing = status;
      try {
        const other = 'docker.io/alice/refused';
        for (const words of [
          ['list', other],
          ['list', '--json', other],
          ['-D', 'list', other],
          ['delete', '--remote', other],
        ]) {
          const run = await online(words);
          expect(run.status).toBe(1);
          expectHarmless(run);
          expect(run.stderr).not.toContain('internal error');
        }
      } finally {
        refusing = 0;
      }
    },
  );

  it('a command that lists keys of hostile files and roles shows nothing that acts', async () => {
    const folder = join(home.folder, '.notary/private');
    mkdirSync(folder, { recursive: true });
    for (const name of Object.values(names)) {
      if (name.includes('\0') || name.includes('/')) continue;
      const role = name.replace(/[\r\n]/g, '');
      writeFileSync(
        join(folder, `${name}.key`),
        `-----BEGIN ENCRYPTED PRIVATE KEY-----\nrole: ${role}\ngun: ${role}\n\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n`,
      );
    }
    for (const words of [
      ['key', 'list'],
      ['key', 'list', '--json'],
      ['-D', 'key', 'list'],
    ]) {
      const run = await home.run(words);
      expect(run.stdout).toMatch(/\\x1b\[2J|\\u001b\[2J/);
      expectHarmless(run);
    }
  });

  it('a command that reads a configuration with hostile values shows nothing that acts', async () => {
    const file = join(home.folder, 'hostile.json');
    for (const [setting, value] of [
      ['remote_server', { url: `https://x${hostile}` }],
      ['remote_server', { root_ca: hostile }],
      ['trust_dir', `/nowhere/${hostile}`],
      ['trust_pinning', { certs: { [hostile]: [hostile] } }],
      ['trust_pinning', { ca: { [gun]: hostile } }],
      [hostile, hostile],
    ] as const) {
      writeFileSync(file, JSON.stringify({ [setting]: value }));
      for (const words of [
        ['list', gun],
        ['list', '--json', gun],
        ['-D', 'status', gun],
      ]) {
        const run = await home.run(['-c', file, ...words]);
        expectHarmless(run);
        expect(run.stdout + run.stderr).not.toMatch(/internal error/);
      }
    }
  });

  it('a command that reads a certificate with a hostile subject shows nothing that acts', async () => {
    const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const certificate = join(home.folder, 'evil.pem');
    const name = utf8String(hostile.slice(0, 60));
    for (const to of [
      new Date('2021-01-01T00:00:00Z'),
      new Date('2026-03-02T00:00:00Z'),
      new Date('2050-01-01T00:00:00Z'),
    ]) {
      const der = handMade({ key, names: [name], to });
      writeFileSync(
        certificate,
        `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`,
      );
      for (const words of [
        ['delegation', 'add', gun, 'targets/x', certificate, '--all-paths'],
        ['delegation', 'add', '--json', gun, 'targets/x', certificate, '--all-paths'],
        ['init', 'docker.io/alice/new', '--rootcert', certificate],
      ]) {
        const run = await online(words);
        expectHarmless(run);
        expect(run.stdout + run.stderr).not.toMatch(/internal error/);
      }
    }
  });
});
