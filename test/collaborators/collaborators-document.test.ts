/** What the text of a collaborators file may be, what is refused and where, and what a change leaves as it is. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxFileBytes, readDocument } from '../../src/collaborators/collaborators-document.ts';
import { fromUtf8, utf8 } from '../../src/encoding/bytes.ts';
import { refusal } from '../support/refusal.ts';

const read = (text: string) => readDocument('names.yaml', utf8(text));
const one = '1'.repeat(64);
const two = '2b'.repeat(32);

const sample = `# who signs at acme
alice: {email: alice@acme.com, keys: [${one}, certs/alice.crt]} # lead

# machines
ci:
  robot: true
  keys:
    - ${two} # build 7
bob: {keys: [], until: 2026-12-31}
`;

describe('the text of a collaborators file', () => {
  it('an entry has an e-mail address, keys, a last day, and may be a robot', async () => {
    const { entries } = await read(sample);
    expect(entries).toEqual([
      {
        ...{ name: 'alice', email: 'alice@acme.com', robot: false, at: { line: 2, column: 1 } },
        keys: [
          { text: one, at: { line: 2, column: 39 } },
          { text: 'certs/alice.crt', at: { line: 2, column: 105 } },
        ],
      },
      {
        ...{ name: 'ci', robot: true, at: { line: 5, column: 1 } },
        keys: [{ text: two, at: { line: 8, column: 7 } }],
      },
      { name: 'bob', robot: false, keys: [], until: '2026-12-31', at: { line: 9, column: 1 } },
    ]);
  });

  it.each([
    ['nothing', ''],
    ['comments alone', '# none yet\n'],
    ['a document start', '---\n'],
  ])('a file of %s has no entries, and takes the first', async (_, text) => {
    const document = await read(text);
    expect(document.entries).toEqual([]);
    document.addKeys('alice', [one]);
    const written = fromUtf8(document.bytes());
    expect(written.startsWith(text.trimEnd())).toBe(true);
    expect((await read(written)).entries).toMatchObject([{ name: 'alice', keys: [{ text: one }] }]);
  });

  it.each([
    ['UTF-8 with a mark', Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), Buffer.from(sample)])],
    ['UTF-16 LE', Buffer.concat([Buffer.of(0xff, 0xfe), Buffer.from(sample, 'utf16le')])],
    ['UTF-16 BE', Buffer.concat([Buffer.of(0xfe, 0xff), Buffer.from(sample, 'utf16le').swap16()])],
  ])('a file in %s is read as in UTF-8', async (_, bytes) => {
    expect((await readDocument('names.yaml', bytes)).entries).toEqual((await read(sample)).entries);
  });

  it.each([
    ['an unknown member', 'alice:\n  mail: x\n', '2:3', /"mail"; known are email, robot, keys, until/],
    ['a member twice', 'alice: {keys: [], keys: []}', '1:19', /has keys twice/],
    ['an entry that is a list', 'alice: [a]', '1:8', /has to be a mapping/],
    ['an entry without anything', 'alice:\n', '1:7', /has to be a mapping/],
    ['a file that is a list', '- alice\n', '1:1', /the file has to be a mapping/],
    ['keys that are no list', 'alice: {keys: abc}', '1:15', /have to be a list/],
    ['a part of a key ID', 'alice: {keys: [77c0a1d2e3f4]}', '1:16', /not a full key ID/],
    ['a robot that is neither', 'alice: {robot: maybe}', '1:16', /true or false/],
    ['a day that does not exist', 'alice: {until: 2026-02-30}', '1:16', /2026-12-31/],
    ['an address that is none', 'alice: {email: alice}', '1:16', /no e-mail address/],
    ['a bracket that is not closed', 'alice: {keys: [a}\n', '1:17', /./],
    ['an anchor', 'alice: &a {keys: []}\n', '1:8', /anchor/],
    ['a tag', 'alice: !x {keys: []}\n', '1:8', /tag/],
    ['a second document', 'alice: {}\n---\nbob: {}\n', '2:1', /second document/],
  ])('a file with %s is refused with its place', async (_, text, place, words) => {
    const failure = await read(text).catch((error: unknown) => error as Error);
    expect(failure).toEqual(refusal('COLLABORATORS_INVALID'));
    expect((failure as Error).message).toMatch(new RegExp(`^names\\.yaml:${place}: `));
    expect((failure as Error).message).toMatch(words);
  });

  it('bytes that are neither UTF-8 nor UTF-16 are refused', async () => {
    await expect(readDocument('names.yaml', Buffer.of(0x61, 0x3a, 0xff, 0x20))).rejects.toThrow(
      refusal('COLLABORATORS_INVALID', /neither UTF-8 nor UTF-16/),
    );
  });
});

describe('a change of a collaborators file', () => {
  it('comments, order and form of everything else stay', async () => {
    const document = await read(sample);
    document.addKeys('alice', ['certs/new.crt']);
    document.removeKeys('ci', new Set(['nothing of this']));
    document.rename('bob', 'robert');
    expect(fromUtf8(document.bytes())).toBe(
      sample.replace('alice.crt]', 'alice.crt, certs/new.crt]').replace('bob:', 'robert:'),
    );
  });

  it('the comment on top of the file outlives its first entry', async () => {
    const document = await read(sample);
    document.removeEntry('alice');
    expect(fromUtf8(document.bytes())).toMatch(/^# who signs at acme\n/);
    expect(fromUtf8(document.bytes())).toContain('# machines');
  });

  it('line ends of Windows stay', async () => {
    const document = await read(sample.replaceAll('\n', '\r\n'));
    document.addKeys('bob', [one]);
    expect(fromUtf8(document.bytes())).toBe(
      sample.replace('keys: []', `keys: [ "${one}" ]`.replace(/\[ (.*) \]/, '[$1]')).replaceAll('\n', '\r\n'),
    );
  });

  it('the byte order mark of UTF-8 stays, and none is made', async () => {
    const document = await read(`\ufeff${sample}`);
    document.rename('bob', 'robert');
    expect(Buffer.from(document.bytes()).toString()).toBe(`\ufeff${sample.replace('bob:', 'robert:')}`);
    expect(Buffer.from((await read('')).bytes())).toHaveLength(0);
  });

  it.each(['true', 'null', '1e5', '12', '0x1f'])(
    'the name %s is text to other readers, too',
    async (name) => {
      const document = await read('');
      document.addKeys(name, [one]);
      const { parse } = await import('yaml');
      expect(parse(fromUtf8(document.bytes()))).toEqual({ [name]: { keys: [one] } });
    },
  );
});

describe('P comments and order of a collaborators file', () => {
  const word = fc.stringMatching(/^[a-z]{1,6}$/);
  const entry = fc.record({
    name: word,
    block: fc.boolean(),
    comment: word,
    above: fc.option(word, { nil: undefined }),
    keys: fc.array(fc.stringMatching(/^[a-z]{2,5}\/[a-z]{1,4}\.crt$/), { maxLength: 3 }),
  });
  const file = fc.uniqueArray(entry, { selector: ({ name }) => name, minLength: 1, maxLength: 6 });
  const written = (
    entries: readonly {
      name: string;
      block: boolean;
      comment: string;
      above: string | undefined;
      keys: readonly string[];
    }[],
  ) =>
    entries
      .map(({ name, block, comment, above, keys }) => {
        const lead = above === undefined ? '' : `# ${above}\n`;
        if (!block || keys.length === 0) return `${lead}${name}: {keys: [${keys.join(', ')}]} # ${comment}\n`;
        return `${lead}${name}:\n  keys:\n${keys.map((key) => `    - ${key} # ${comment}\n`).join('')}`;
      })
      .join('');

  it('P a file that nothing is changed in is written as it was', async () => {
    await fc.assert(
      fc.asyncProperty(file, async (entries) => {
        const text = written(entries);
        expect(fromUtf8((await read(text)).bytes())).toBe(text);
      }),
      { numRuns: 60 },
    );
  });

  it('P a key that is added and removed again leaves the file as it was', async () => {
    await fc.assert(
      fc.asyncProperty(file, fc.nat(), async (entries, which) => {
        const text = written(entries);
        const name = entries[which % entries.length]?.name ?? '';
        const document = await read(text);
        document.addKeys(name, ['zzz.pem']);
        const more = fromUtf8(document.bytes());
        expect((await read(more)).entries.find((one) => one.name === name)?.keys.at(-1)?.text).toBe(
          'zzz.pem',
        );
        const again = await read(more);
        again.removeKeys(name, new Set(['zzz.pem']));
        expect(fromUtf8(again.bytes())).toBe(text);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a collaborators file of the worst kind', () => {
  const repeated = (text: string, bytes: number) =>
    text.repeat(Math.ceil(bytes / text.length)).slice(0, bytes);
  const worst = [
    '[',
    '- ',
    '? ',
    'a: ',
    '{',
    '"',
    "'",
    ' ',
    '\n',
    '#\n',
    '&a ',
    '!a ',
    '*a ',
    '%\n',
    '---\n',
    ',',
    '[,',
    '[]',
    'a\n',
    '\t',
    '\r',
    '"" ',
    'a: [',
    '|\n ',
  ];

  it.each(worst)('10 MiB of %j are refused at once', async (text) => {
    const started = performance.now();
    await expect(readDocument('names.yaml', utf8(repeated(text, 10 * 1024 * 1024)))).rejects.toThrow(
      refusal('COLLABORATORS_INVALID', /larger than/),
    );
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it.each([...worst, 'a: [' + 'b,'])(
    'as much of %j as may be is read or refused in linear time',
    async (text) => {
      const timed = async (bytes: number) => {
        const started = performance.now();
        await readDocument('names.yaml', utf8(repeated(text, bytes))).catch(() => undefined);
        return performance.now() - started;
      };
      await timed(1024);
      const short = await timed(maxFileBytes / 8);
      // Twice the time of what grows in step, and room for a machine that does other things as well.
      expect(await timed(maxFileBytes)).toBeLessThan(short * 24 + 2000);
    },
    30_000,
  );
});
