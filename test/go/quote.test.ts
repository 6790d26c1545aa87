import { describe, expect, it } from 'vitest';
import { goQuote, goQuoteCharacter, goQuoteList } from '../../src/go/quote.ts';

describe('quoting as Go', () => {
  it.each([
    ['plain', '"plain"'],
    ['a "b" \\', '"a \\"b\\" \\\\"'],
    ["it's", '"it\'s"'],
    ['\n\t\r\x07\b\f\v', '"\\n\\t\\r\\a\\b\\f\\v"'],
    ['\x00\x1b\x7f', '"\\x00\\x1b\\x7f"'],
    ['\u0085\u00a0\u200b\ufeff', '"\\u0085\\u00a0\\u200b\\ufeff"'],
    ['é漢😀', '"é漢😀"'],
    ['\u{10ffff}', '"\\U0010ffff"'],
  ])('the quoted form of %j is %s', (text, quoted) => {
    expect(goQuote(text)).toBe(quoted);
  });

  it('the quoted form of a character uses single quotes', () => {
    expect(goQuoteCharacter('z')).toBe("'z'");
    expect(goQuoteCharacter("'")).toBe("'\\''");
    expect(goQuoteCharacter('"')).toBe(`'"'`);
    expect(goQuoteCharacter('\n')).toBe("'\\n'");
  });

  it('the quoted form of a list prefers backquotes', () => {
    expect(goQuoteList(['a', 'b c'])).toBe('[`a` `b c`]');
    expect(goQuoteList(['a`b', 'x\n'])).toBe('["a`b" "x\\n"]');
    expect(goQuoteList([])).toBe('[]');
  });
});
