import { describe, expect, it } from 'vitest';
import { wrapCommand, wrapRow, wrapText } from '../../../src/cli/render/wrap.ts';

describe('wrapText', () => {
  it('joins the lines of a paragraph and wraps them', () => {
    expect(wrapText('one two\nthree four five\n', 15)).toBe('one two three\nfour five\n');
  });

  it('wraps a numbered item below its text, and leaves a command alone', () => {
    expect(wrapText('1. one two three\n   four five six seven:\n     tsnotary list\n\nend', 20)).toBe(
      '1. one two three\n   four five six\n   seven:\n     tsnotary list\n\nend',
    );
  });

  it('wraps the second column of a list below itself', () => {
    expect(wrapText('  key   a long meaning of it\n  root  short', 22)).toBe(
      '  key   a long meaning\n        of it\n  root  short',
    );
  });

  it('does not break a word that is longer than a line', () => {
    expect(wrapText('a abcdefghijklmnopqrstuvwxyz b', 10)).toBe('a\nabcdefghijklmnopqrstuvwxyz\nb');
  });
});

describe('wrapRow', () => {
  it('wraps within the right column', () => {
    expect(wrapRow('  -a, --all   ', 'Take all of them, with everything', 40)).toBe(
      '  -a, --all   Take all of them, with\n              everything',
    );
  });
});

describe('wrapCommand', () => {
  it('breaks a long line with backslashes, outside of quotes', () => {
    expect(wrapCommand('  tsnotary add gun "a b c d e f" file -p', 24)).toBe(
      '  tsnotary add gun \\\n      "a b c d e f" \\\n      file -p',
    );
    expect(wrapCommand('  tsnotary list gun', 24)).toBe('  tsnotary list gun');
  });
});
