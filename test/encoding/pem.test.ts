import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/encoding/bytes.ts';
import { encodePem, type PemBlock, parsePem } from '../../src/encoding/pem.ts';

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8');
const types = (pem: string) => parsePem(utf8(pem)).map((block) => block.type);

const headerWord = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .map((word) => word.replace(/[\r\n:]/g, '').trim())
  .filter((word) => word !== '' && word.isWellFormed() && Buffer.from(word).toString() === word);
const block: fc.Arbitrary<PemBlock> = fc.record({
  type: fc.constantFrom('PRIVATE KEY', 'ENCRYPTED PRIVATE KEY', 'CERTIFICATE'),
  headers: fc
    .uniqueArray(fc.tuple(headerWord, headerWord), { selector: ([name]) => name })
    .map((all) => new Map(all)),
  bytes: fc.uint8Array({ maxLength: 300 }),
});

describe('PEM', () => {
  test('the PEM code writes headers sorted by bytes after Proc-Type, a blank line, 64 columns and a final newline', () => {
    const headers = new Map([
      ['role', 'targets'],
      ['gun', 'docker.io/lib/alpine'],
      ['Proc-Type', '4,ENCRYPTED'],
      ['DEK-Info', 'AES-256-CBC,00'],
    ]);
    expect(text(encodePem({ type: 'PRIVATE KEY', headers, bytes: new Uint8Array(50) }))).toBe(
      '-----BEGIN PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\ngun: docker.io/lib/alpine\n' +
        `role: targets\n\n${'A'.repeat(64)}\nAAA=\n-----END PRIVATE KEY-----\n`,
    );
  });

  test('the PEM code writes no blank line without headers and no base64 line without bytes', () => {
    expect(text(encodePem({ type: 'X', headers: new Map(), bytes: new Uint8Array() }))).toBe(
      '-----BEGIN X-----\n-----END X-----\n',
    );
  });

  test('the PEM code reads back every sequence of blocks it writes', () => {
    fc.assert(
      fc.property(fc.array(block, { maxLength: 4 }), (blocks) => {
        const pem = Buffer.concat(blocks.map((one) => encodePem(one)));
        expect(parsePem(pem)).toEqual(blocks.map((one) => ({ ...one, bytes: Buffer.from(one.bytes) })));
      }),
      { numRuns: 500 },
    );
  });

  test('the PEM code finds in arbitrary text made of PEM pieces only blocks that read back from their own encoding', () => {
    const piece = fc.constantFrom(
      '-----BEGIN A-----',
      '-----END A-----',
      '-----END B-----',
      '-----BEGIN ',
      '\n',
      '\r\n',
      'a: b',
      'AAAA',
      ':',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        for (const found of parsePem(utf8(pieces.join(''))))
          expect(parsePem(encodePem(found))).toEqual([found]);
      }),
      { numRuns: 5000 },
    );
  });

  test('the PEM code skips text around blocks, CRLF and blanks at line ends', () => {
    const pem =
      'Bag Attributes\r\n  x: y\r\n-----BEGIN A-----  \r\nrole:  alice \r\n\r\nAA AA\t\r\n-----END A----- \t\r\nend';
    expect(parsePem(utf8(pem))).toEqual([
      { type: 'A', headers: new Map([['role', 'alice']]), bytes: Buffer.from([0, 0, 0]) },
    ]);
  });

  test.each([
    ['an end line of another type', '-----BEGIN A-----\nAAAA\n-----END B-----\n'],
    ['text after the end line', '-----BEGIN A-----\nAAAA\n-----END A-----x\n'],
    ['no end line', '-----BEGIN A-----\nAAAA\n'],
    ['a begin line without dashes at its end', '-----BEGIN A\nAAAA\n-----END A-----\n'],
    ['base64 without padding', '-----BEGIN A-----\nAAA\n-----END A-----\n'],
    ['base64 with stray bits', '-----BEGIN A-----\nAB==\n-----END A-----\n'],
    ['the URL alphabet', '-----BEGIN A-----\n__--\n-----END A-----\n'],
    ['a begin line that does not start a line', 'x-----BEGIN A-----\nAAAA\n-----END A-----\n'],
    ['an end line right after a header', '-----BEGIN A-----\nrole: x\n-----END A-----\n'],
  ])('the PEM reader skips a block with %s and reads the next one', (_, damaged) => {
    expect(types(`${damaged}-----BEGIN C-----\nAAAA\n-----END C-----\n`)).toEqual(['C']);
  });

  test('the PEM code reads a file of many begin lines in linear time', () => {
    const pem = '-----BEGIN A-----\nAAAA\n'.repeat(100_000);
    expect(types(pem)).toEqual([]);
    expect(types(`${pem}\n-----END B-----\n`)).toEqual([]);
  });

  test.each([
    ['a colon in a header name', 'a:b', 'c'],
    ['a line break in a header name', 'a\nb', 'c'],
    ['a line break in a header value', 'role', 'x\n\nAAAA'],
  ])('the PEM writer refuses a block with %s', (_, name, value) => {
    expect(() =>
      encodePem({ type: 'A', headers: new Map([[name, value]]), bytes: new Uint8Array() }),
    ).toThrow(expect.objectContaining({ code: 'MALFORMED_PEM' }));
  });
});
