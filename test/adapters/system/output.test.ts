import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { processOutput } from '../../../src/adapters/system/output.ts';

/** A stream that takes chunks late, or fails with a code from the given chunk on. */
function stream(failAt = Infinity, code = '') {
  const taken: string[] = [];
  const writable = new Writable({
    decodeStrings: false,
    write(chunk: unknown, _encoding, done) {
      setImmediate(() => {
        if (taken.length >= failAt) {
          done(Object.assign(new Error('no'), { code }));
          return;
        }
        taken.push(String(chunk));
        done();
      });
    },
  });
  return { writable, taken };
}

describe('an output of the process', () => {
  it('is flushed when everything has been taken, in order', async () => {
    const { writable, taken } = stream();
    const output = processOutput(writable, '/dev/stdout');
    output.write('a');
    output.write('');
    output.write(Buffer.from('b'));
    expect(taken).toEqual([]);
    await output.flush();
    expect(taken).toEqual(['a', 'b']);
    expect([output.isTerminal, output.closed()]).toEqual([false, false]);
  });

  it('takes a reader that went away for an end, not a failure', async () => {
    const { writable, taken } = stream(1, 'EPIPE');
    const output = processOutput(writable, '/dev/stdout');
    output.write('a');
    output.write('b');
    await output.flush();
    output.write('c');
    await output.flush();
    expect([taken, output.closed()]).toEqual([['a'], true]);
  });

  it('fails with the reason when nothing more can be written', async () => {
    const { writable } = stream(0, 'ENOSPC');
    const output = processOutput(writable, '/dev/stdout');
    output.write('a');
    await expect(output.flush()).rejects.toThrow(
      expect.objectContaining({
        code: 'FILE_UNWRITABLE',
        message: 'write /dev/stdout: no space left on device',
      }) as Error,
    );
  });
});
