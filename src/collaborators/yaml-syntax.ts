/**
 * Reads YAML text into a document that can be changed and written again, in time linear in its length.
 *
 * Only what the file of names needs is allowed: no nesting beyond that, no anchors, aliases, tags, directives. The
 * yaml package would recurse into anything, and collect an error for each character of some files.
 */

import type { Document } from 'yaml';
import type { Position } from './collaborators-file.ts';

/** What is wrong with a text, and where. */
export interface SyntaxDefect {
  readonly message: string;
  readonly at: Position;
}

export interface ParsedText {
  readonly document: Document.Parsed;
  /** The place of a character. */
  at(offset: number): Position;
}

/** Tokens that are open at once in `name: {keys: [ID]}`, with room for other ways of writing it. */
const maxOpen = 12;
const refused: ReadonlyMap<string, string> = new Map([
  ['anchor', 'an anchor (&)'],
  ['alias', 'an alias (*)'],
  ['tag', 'a tag (!)'],
  ['directive-line', 'a directive (%)'],
]);

/** Ends the work at the first thing that is wrong. */
class Defect extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** How the yaml package says where an error is. */
type ErrorPlace = number | readonly [number, number] | { readonly offset: number };

function offsetOf(place: ErrorPlace): number {
  if (typeof place === 'number') return place;
  return 'offset' in place ? place.offset : place[0];
}

/** The document, or the first thing that is wrong with it. Every value in it is text: `failsafe` has no other. */
export async function parseText(text: string): Promise<ParsedText | SyntaxDefect> {
  const { Composer, CST, Lexer, LineCounter, Parser } = await import('yaml');
  const lines = new LineCounter();
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  const composer = new Composer({ schema: 'failsafe', uniqueKeys: false, prettyErrors: false });
  let first: Defect | undefined;
  // Composing goes on after an error, and some texts have one for each character. What is thrown is caught once for
  // each node around, and reported for that node.
  Reflect.set(composer, 'onError', (place: ErrorPlace, _code: string, message: string) => {
    first ??= new Defect(message, offsetOf(place));
    throw first;
  });
  try {
    const tokens = [];
    for (const lexeme of new Lexer().lex(text)) {
      const what = refused.get(CST.tokenType(lexeme) ?? '');
      if (what !== undefined) throw new Defect(`${what} has no place here`, parser.offset);
      for (const token of parser.next(lexeme)) tokens.push(token);
      if (parser.stack.length > maxOpen) throw new Defect('it is nested too deeply', parser.offset);
    }
    for (const token of parser.end()) tokens.push(token);
    const [document, second] = [...composer.compose(tokens, true, text.length)];
    if (second !== undefined) throw new Defect('a second document has no place here', second.range[0]);
    if (document === undefined) throw new Defect('it is no document', 0);
    const [error] = document.errors;
    if (error !== undefined) throw new Defect(error.message, error.pos[0]);
    return { document, at };
  } catch (error) {
    if (!(error instanceof Defect)) throw error;
    return { message: error.message, at: at(error.offset) };
  }
}
