import { describe, expect, it } from 'vitest';
import { Progress } from '../../../src/adapters/engine/progress.ts';
import { refusal } from '../../support/refusal.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const aux = { progressDetail: {}, aux: { Tag: '1', Digest: digest, Size: 5 } };

function reader(redact = (text: string) => text) {
  const lines: string[] = [];
  const progress = new Progress({ show: (line) => lines.push(line), redact });
  const take = (...parts: readonly (object | string)[]): void => {
    for (const part of parts)
      progress.take(Buffer.from(typeof part === 'string' ? part : `${JSON.stringify(part)}\r\n`));
  };
  return { lines, progress, take };
}

describe('the progress of a push', () => {
  it('progress is shown as docker shows it without a terminal: no bars, layers by their ID', () => {
    const { lines, take } = reader();
    take(
      { status: 'The push refers to repository [x]' },
      { status: 'Preparing', progressDetail: {}, id: 'abc' },
      { status: 'Pushing', progressDetail: { current: 5, total: 10 }, progress: '[=> ]', id: 'abc' },
      { status: 'Pushing', progressDetail: { current: 512 }, id: 'abc' },
      { status: 'Pushed', progressDetail: {}, id: 'abc', from: 'there' },
      { stream: 'text\n' },
      { status: 'old', progress: '50%' },
    );
    expect(lines).toEqual([
      'The push refers to repository [x]',
      'abc: Preparing',
      'abc: (from there) Pushed',
      'text',
      'old 50%',
    ]);
  });

  it('a line may come in pieces, and the last one without an end', () => {
    const { lines, progress, take } = reader();
    take('{"status":', '"one"}\n{"sta', 'tus":"two"}');
    expect(lines).toEqual(['one']);
    progress.end();
    expect(lines).toEqual(['one', 'two']);
  });

  it('the results of a push are kept, two of them as well, and other notes are none', () => {
    const { lines, progress, take } = reader();
    const other = { Tag: '1', Digest: `sha256:${'b'.repeat(64)}`, Size: 9 };
    take({ aux: { manifestPushedInsteadOfIndex: true } }, aux, { aux: other });
    expect(progress.pushed).toEqual([
      { tag: '1', digest, size: 5 },
      { tag: '1', digest: other.Digest, size: 9 },
    ]);
    expect(lines).toEqual([]);
  });

  it.each([
    { Tag: '1', Digest: digest },
    { Tag: '1', Digest: digest, Size: 0 },
    { Tag: '1', Digest: digest, Size: 1.5 },
    { Tag: '1', Digest: digest, Size: '5' },
    { Tag: '1', Digest: 'sha512:aa', Size: 5 },
    { Tag: '1', Digest: `${digest}0`, Size: 5 },
    { Digest: digest, Size: 5 },
  ])('a result that is none is refused: %j', (result) => {
    expect(() => reader().take({ aux: result })).toThrow(
      refusal('ENGINE_REFUSED', 'the Docker daemon sent a result without a tag, a digest and a size'),
    );
  });

  it.each([
    [{ errorDetail: { message: 'denied: no' }, error: 'other' }, 'denied: no'],
    [{ errorDetail: { message: 'x', code: 401 } }, 'authentication is required'],
    [{ error: 'alone' }, 'alone'],
    [{ errorDetail: {} }, 'the Docker daemon reports a failure without words'],
    [{ errorDetail: 'odd', error: 'words' }, 'words'],
    [{ errorDetail: { message: 'a\u001b[2Jb' } }, 'a [2Jb'],
  ])('a failure in the stream is a failure, with the words of the engine: %j', (line, words) => {
    const { take } = reader();
    expect(() => take(aux, line)).toThrow(refusal('ENGINE_REFUSED', words));
  });

  it.each(['junk\n', '[]\n', '5\n', '{"a":1\n', '{"a":1,"a":2}\n', '\u0000\n'])(
    'a line that is no JSON object is a failure: %j',
    (line) => {
      expect(() => reader().take(aux, line)).toThrow(
        refusal('ENGINE_REFUSED', 'the Docker daemon sent a line that is no JSON object'),
      );
    },
  );

  it('half a line at the end is a failure', () => {
    const { progress, take } = reader();
    take(aux, '{"status":"Pu');
    expect(() => progress.end()).toThrow(refusal('ENGINE_REFUSED'));
  });

  it('a line without an end, and lines without an end, are refused', () => {
    const long = reader();
    const piece = 'x'.repeat(64 * 1024);
    expect(() => {
      for (let count = 0; count < 20; count++) long.take(piece);
    }).toThrow(refusal('ENGINE_REFUSED', 'the Docker daemon sent a line without an end'));
    const many = reader();
    const lines = '{"status":"x"}\n'.repeat(10_000);
    expect(() => {
      for (let count = 0; count < 11; count++) many.take(lines);
    }).toThrow(refusal('ENGINE_REFUSED', /more lines/));
    const results = `${JSON.stringify(aux)}\n`.repeat(101);
    expect(() => reader().take(results)).toThrow(refusal('ENGINE_REFUSED', /more results/));
  });

  it('what is shown moves no cursor, fills no screen and holds no secret', () => {
    const { lines, take } = reader((text) => text.replaceAll('wonderland', '***'));
    take({ status: 'a\u001b[31m\r\nb wonderland' }, { status: 'y'.repeat(5000) });
    expect(lines[0]).toBe('a [31m  b ***');
    expect(lines[1]?.length).toBe(2001);
    expect(() => take({ error: 'not wonderland' })).toThrow(refusal('ENGINE_REFUSED', 'not ***'));
  });
});
