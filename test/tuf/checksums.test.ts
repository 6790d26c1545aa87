import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestStream } from '../../src/crypto/signatures/digest.ts';
import { checkHashes, fileMetaOf, matches, sha256Hex } from '../../src/tuf/checksums.ts';
import { refusal } from '../support/refusal.ts';

const bytes = Buffer.from('content');
const meta = fileMetaOf(bytes);
const hex = (algorithm: string, of: Uint8Array) => createHash(algorithm).update(of).digest('hex');
const only = (...algorithms: readonly string[]) => ({
  ...meta,
  hashes: new Map([...meta.hashes].filter(([algorithm]) => algorithms.includes(algorithm))),
});

describe('the record of a file', () => {
  it('the record of a file has its length and both hashes', () => {
    expect(meta.length).toBe(7);
    expect([...meta.hashes]).toEqual([
      ['sha256', createHash('sha256').update(bytes).digest('base64')],
      ['sha512', createHash('sha512').update(bytes).digest('base64')],
    ]);
    expect(sha256Hex(meta)).toBe(hex('sha256', bytes));
    expect(sha256Hex(only('sha512'))).toBeUndefined();
  });

  it('the record of a file is the same from a stream in pieces of any size', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array()), async (pieces) => {
        async function* stream() {
          yield* pieces;
        }
        const found = await digestStream(stream());
        const whole = Buffer.concat(pieces);
        expect(found.length).toBe(whole.length);
        expect(Buffer.from(found.sha256).toString('hex')).toBe(hex('sha256', whole));
        expect(Buffer.from(found.sha512).toString('hex')).toBe(hex('sha512', whole));
      }),
    );
  });
});

describe('bytes held against a record', () => {
  it.each([['sha256', 'sha512'], ['sha256'], ['sha512'], ['sha512', 'sha256']])(
    'the bytes match a record of %s',
    (...algorithms) => {
      expect(() => checkHashes(bytes, only(...algorithms), 'targets')).not.toThrow();
    },
  );

  it('the bytes need not have the recorded length, which bounds the download', () => {
    expect(() => checkHashes(bytes, { ...meta, length: 1 }, 'targets')).not.toThrow();
  });

  it.each(['sha256', 'sha512'])(
    'the bytes must have every known hash: a wrong %s is enough to refuse them',
    (algorithm) => {
      const wrong = createHash(algorithm).update('other').digest();
      const record = { ...meta, hashes: new Map(meta.hashes).set(algorithm, wrong.toString('base64')) };
      expect(() => checkHashes(bytes, record, 'targets/a')).toThrow(
        refusal(
          'CHECKSUM_MISMATCH',
          `${algorithm} checksum for targets/a did not match: expected ${wrong.toString('hex')}`,
          { name: 'targets/a', algorithm, expected: wrong.toString('hex') },
        ),
      );
    },
  );

  it('the bytes are not compared with hashes that the client does not know', () => {
    const record = { ...meta, hashes: new Map(meta.hashes).set('md5', 'AAAA') };
    expect(() => checkHashes(bytes, record, 'targets')).not.toThrow();
  });

  it.each([[[]], [['md5']], [['SHA256']], [['__proto__']]])(
    'the bytes need a known hash in the record: %j will not do',
    (algorithms) => {
      const record = {
        ...meta,
        hashes: new Map(algorithms.map((name) => [name, meta.hashes.get('sha256') ?? ''])),
      };
      expect(() => checkHashes(bytes, record, 'targets')).toThrow(
        refusal('CHECKSUM_MISSING', 'no checksums for supported algorithms were provided for targets', {
          name: 'targets',
        }),
      );
    },
  );

  it('the bytes match a record or do not', () => {
    expect(matches(bytes, meta)).toBe(true);
    expect(matches(Buffer.from('other'), meta)).toBe(false);
    expect(matches(bytes, only('sha512'))).toBe(false);
  });

  it('the bytes do not match a hash that is no base64', () => {
    const record = { ...meta, hashes: new Map([['sha256', '%']]) };
    expect(() => checkHashes(bytes, record, 'targets')).toThrow(refusal('CHECKSUM_MISMATCH'));
    expect(matches(bytes, record)).toBe(false);
    expect(sha256Hex(record)).toBeUndefined();
  });
});
