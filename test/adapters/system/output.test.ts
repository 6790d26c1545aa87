import { describe, expect, it } from 'vitest';
import { type Descriptor, processOutput } from '../../../src/adapters/system/output.ts';

/** Takes so many bytes at a time, and fails with a code from a number of bytes on. */
function descriptor({ atOnce = 3, room = Infinity, code = '' } = {}) {
  let taken = '';
  const file: Descriptor = {
    isTerminal: () => false,
    write(bytes) {
      if (taken.length >= room) throw Object.assign(new Error('no'), { code });
      const some = bytes.subarray(0, Math.min(atOnce, room - taken.length));
      taken += Buffer.from(some).toString();
      return some.length;
    },
  };
  return { file, taken: () => taken };
}

describe('an output of the process', () => {
  it('an output of the process has written everything in order when writing returns, however little is taken at once', async () => {
    const { file, taken } = descriptor();
    const output = processOutput(file, '/dev/stdout');
    output.write('hello ');
    output.write('');
    output.write(Buffer.from('world'));
    expect(taken()).toBe('hello world');
    await output.flush();
    expect([output.isTerminal, output.closed()]).toEqual([false, false]);
  });

  it('an output of the process waits for a pipe that is full for a moment', () => {
    const { file, taken } = descriptor();
    let busy = 3;
    const patient: Descriptor = {
      ...file,
      write(bytes) {
        if (busy-- > 0) throw Object.assign(new Error('later'), { code: 'EAGAIN' });
        return file.write(bytes);
      },
    };
    processOutput(patient, '/dev/stdout').write('hello');
    expect(taken()).toBe('hello');
  });

  it('an output of the process takes a reader that went away for an end, not a failure', async () => {
    const { file, taken } = descriptor({ room: 4, code: 'EPIPE' });
    const output = processOutput(file, '/dev/stdout');
    output.write('hello');
    await output.flush();
    output.write('world');
    await output.flush();
    expect([taken(), output.closed()]).toEqual(['hell', true]);
  });

  it('an output of the process fails once with the reason when nothing more can be written', async () => {
    const { file } = descriptor({ room: 0, code: 'ENOSPC' });
    const output = processOutput(file, '/dev/stdout');
    output.write('a');
    await expect(output.flush()).rejects.toMatchObject({
      code: 'FILE_UNWRITABLE',
      message: 'write /dev/stdout: no space left on device',
    });
    await output.flush();
  });

  it('the output asks only on demand, and once, whether it is a terminal', () => {
    let asked = 0;
    const terminal: Descriptor = {
      write: (bytes) => bytes.length,
      isTerminal: () => ++asked > 0,
    };
    const output = processOutput(terminal, '/dev/stderr');
    expect(asked).toBe(0);
    expect([output.isTerminal, output.isTerminal, asked]).toEqual([true, true, 1]);
  });
});
