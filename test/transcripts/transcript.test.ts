/** The machinery of transcripts, without any program: reading, printing, comparing, naming. */
import { describe, expect, it } from 'vitest';
import { matches } from './expectation.ts';
import { maskProse } from './own-words.ts';
import { Placeholders } from './placeholders.ts';
import { parseTranscript, printTranscript, type Step } from './transcript.ts';

const steps = (text: string): Step[] =>
  parseTranscript(text).items.filter((item): item is Step => item.kind === 'step');

describe('a transcript', () => {
  it('a transcript prints as it was read', () => {
    const text = [
      '# What it shows.',
      'server: token',
      '',
      'owner! printf x > file',
      '@ server down',
      'owner$ notary status docker.io/a',
      '< yes',
      '<   y␠⊣',
      '> a line with blanks␠␠',
      '>',
      '> ␉- no newline⊣',
      '2> time="TIME" level=info msg="x"',
      '[1]',
      'owner% notary key generate',
      '> Enter passphrase:␠',
      '<* secret',
      '<',
      '> ␛[31mERRO␛[0m',
      '',
    ].join('\n');
    expect(printTranscript(parseTranscript(text))).toBe(text);
  });

  it('a transcript keeps blanks, tabs and the missing newline of what was shown', () => {
    const [step] = steps('o$ x\n> a␠␠\n> ␉b⊣\n');
    expect(step?.parts).toEqual([{ kind: 'shown', text: 'a  \n\tb' }]);
  });

  it('a transcript leaves the cursor behind a prompt on a terminal', () => {
    const [step] = steps('o% x\n> one\n> Name:␠\n<* secret\n> done\n');
    expect(step?.parts).toEqual([
      { kind: 'shown', text: 'one\nName: ' },
      { kind: 'typed', text: 'secret', hidden: true, bare: false },
      { kind: 'shown', text: 'done\n' },
    ]);
  });

  it('a transcript refuses a line that means nothing', () => {
    expect(() => parseTranscript('owner$ x\nstray\n')).toThrow('not a transcript line: stray');
  });
});

describe('comparing', () => {
  it('comparing texts is to the byte', () => {
    expect(matches('a.b\n', 'a.b\n')).toBe(true);
    expect(matches('a.b\n', 'aXb\n')).toBe(false);
    expect(matches('a\n', 'a')).toBe(false);
    expect(matches('a\n', 'a\nb\n')).toBe(false);
  });

  it('comparing texts passes over prose, in a line or as lines', () => {
    expect(matches('  -h   ‹prose›\n', '  -h   whatever\n')).toBe(true);
    expect(matches('  -h   ‹prose›\n', '  -h  whatever\n')).toBe(false);
    expect(matches('‹prose›\nend\n', 'one\n\ntwo\nend\n')).toBe(true);
    expect(matches('‹prose›\nend\n', 'end\n')).toBe(false);
  });

  it('comparing texts accepts either of two texts and nothing else', () => {
    const expected = '‹either›\na\n‹or›\nb\n‹end›\nc\n';
    expect(['a\nc\n', 'b\nc\n', 'c\n', 'a\nb\nc\n'].map((text) => matches(expected, text))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

describe('placeholders', () => {
  const one = '1'.repeat(64);
  const two = '2'.repeat(64);

  it('placeholders number IDs by first appearance and keep their width', () => {
    const names = new Placeholders(new Set());
    expect(names.replaceIn(`${two}|${one}|${two}`, [])).toBe(
      `${'id1'.padEnd(64, '.')}|${'id2'.padEnd(64, '.')}|${'id1'.padEnd(64, '.')}`,
    );
    expect(names.variables()).toEqual({ ID1: two, ID2: one });
  });

  it('placeholders know a key again by the first digits that a prompt shows', () => {
    const names = new Placeholders(new Set());
    expect(names.replaceIn(`key with ID ${one.slice(0, 7)}: `, [])).toBe('key with ID id1....: ');
    expect(names.replaceIn(one, [])).toBe('id1'.padEnd(64, '.'));
    expect(names.variables()).toEqual({ ID1: one });
  });

  it('placeholders leave constants alone, and replace times, paths and change files', () => {
    const names = new Placeholders(new Set([one]));
    expect(names.replaceIn(one, [])).toBe(one);
    expect(names.replaceIn('time="2026-11-22T13:49:05Z" in /tmp/x/y', [['/tmp/x', '$HOME']])).toBe(
      'time="TIME" in $HOME/y',
    );
    expect(names.replaceIn('01795355321633521257_ceef39e6-9c99-43f6-ab23-2d8b01ec5e1f.change', [])).toBe(
      'CHANGE.change',
    );
  });
});

describe('prose', () => {
  it('prose is marked in help screens, where names, types and defaults stay', () => {
    const screen = [
      'Does something.',
      '',
      'Usage:',
      '  notary x [flags]',
      '',
      'Flags:',
      '  -r, --role string   Some words (default "root")',
      '',
      'Flags that Notary does not have:',
      '      --strict   More words',
      '',
    ].join('\n');
    expect(maskProse(screen)).toBe(
      '‹prose›\n\nUsage:\n  notary x [flags]\n\nFlags:\n  -r, --role string   ‹prose› (default "root")\n',
    );
  });
});
