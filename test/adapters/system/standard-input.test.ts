import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { StandardInput } from '../../../src/adapters/system/standard-input.ts';

function pipe() {
  const stream = new PassThrough();
  return { stream, input: new StandardInput(() => stream) };
}

describe('standard input', () => {
  it('standard input gives lines one at a time, however they arrive', async () => {
    const { stream, input } = pipe();
    stream.write('one\r\ntw');
    expect(await input.line()).toBe('one');
    const second = input.line();
    stream.write('o\n\nlast');
    expect(await second).toBe('two');
    expect(await input.line()).toBe('');
    stream.end();
    expect(await input.line()).toBe('last');
    expect(await input.line()).toBeUndefined();
  });

  it('standard input leaves to the next reader what a line leaves over', async () => {
    const { stream, input } = pipe();
    stream.end('yes\nbytes\0\xff');
    expect(await input.line()).toBe('yes');
    expect(await input.byte()).toBe(0x62);
    expect(Buffer.from(await input.rest(100)).toString()).toBe('ytes\0\xff');
    expect(await input.byte()).toBeUndefined();
    expect(await input.rest(100)).toHaveLength(0);
  });

  it('standard input gives up a line when the time is up, and keeps it for later', async () => {
    const { stream, input } = pipe();
    stream.write('sl');
    expect(await input.line(10)).toBeUndefined();
    stream.write('ow\n');
    expect(await input.line()).toBe('slow');
  });

  it('is refused when it is longer than the caller takes', async () => {
    const { stream, input } = pipe();
    stream.end('four');
    await expect(input.rest(3)).rejects.toThrow(
      expect.objectContaining({
        code: 'FILE_UNREADABLE',
        message: 'read /dev/stdin: larger than 3 bytes',
      }) as Error,
    );
  });

  it('standard input names itself when it cannot be read', async () => {
    const { stream, input } = pipe();
    const rest = input.rest(100);
    stream.destroy(Object.assign(new Error('x'), { code: 'EISDIR' }));
    await expect(rest).rejects.toThrow(
      expect.objectContaining({
        code: 'FILE_UNREADABLE',
        message: 'read /dev/stdin: is a directory',
      }) as Error,
    );
  });

  it('standard input is not touched before it is asked for', () => {
    const input = new StandardInput(() => {
      throw new Error('touched');
    });
    input.close();
    expect(() => input.isTerminal).toThrow('touched');
  });
});
