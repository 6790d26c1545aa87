import { describe, expect, it } from 'vitest';
import { readParts } from '../../src/server/multipart.ts';

const type = 'multipart/form-data; boundary=b';

function read(text: string, contentType: string | undefined = type): readonly string[] | undefined {
  return readParts(contentType, Buffer.from(text.replaceAll('\n', '\r\n')))?.map(
    ({ filename, bytes }) => `${filename}=${Buffer.from(bytes).toString()}`,
  );
}

const one = '--b\nContent-Disposition: form-data; name="files"; filename="root"\n\nbytes\n--b--\n';

describe('the parts of an upload', () => {
  it('have file names and bytes', () => {
    expect(read(`--b\nContent-Disposition: form-data; filename="x"\n\n1\n${one}`)).toEqual([
      'x=1',
      'root=bytes',
    ]);
  });

  it('may be none', () => {
    expect(read('--b--\n')).toEqual([]);
    expect(read('--b--')).toEqual([]);
  });

  it('may be empty', () => {
    expect(read(one.replace('bytes', ''))).toEqual(['root=']);
  });

  it('may lack headers, a file name, or both', () => {
    expect(read('--b\n\nbytes\n--b--\n')).toEqual(['=bytes']);
    expect(read(one.replace('; filename="root"', ''))).toEqual(['=bytes']);
  });

  it('keep line breaks and dashes that are theirs', () => {
    const content = '\r\n--\r\n--a\r\n\r\n';
    const bytes = Buffer.from(one.replaceAll('\n', '\r\n').replace('bytes', content));
    expect(Buffer.from(readParts(type, bytes)?.[0]?.bytes ?? []).toString()).toBe(content);
  });

  it('are found after a preamble and before an epilogue', () => {
    expect(read(`before\n${one}after`)).toEqual(['root=bytes']);
  });

  it('are found whatever the case of names and the order of parameters', () => {
    const odd =
      '--b  \nX-Other: 1\ncontent-disposition: form-data; FileName=root; name="files"\n\nbytes\n--b--';
    expect(read(odd, 'Multipart/Form-Data; charset=x; Boundary="b"')).toEqual(['root=bytes']);
    expect(read(one, 'multipart/mixed;boundary=b')).toEqual(['root=bytes']);
  });

  it('have file names with slashes and escaped quotes', () => {
    expect(read(one.replace('"root"', '"targets/a\\"b"'))).toEqual(['targets/a"b=bytes']);
  });

  it.each([
    ['nothing', ''],
    ['no last boundary', one.slice(0, -7)],
    ['the end in the headers', one.slice(0, 20)],
    ['another boundary', one.replaceAll('--b', '--c')],
    ['text after a boundary', one.replace('--b\n', '--better\n')],
  ])('are refused with %s', (_, text) => {
    expect(read(text)).toBeUndefined();
  });

  it.each([
    ['is absent', undefined],
    ['is another one', 'application/json; boundary=b'],
    ['has no boundary', 'multipart/form-data'],
    ['has an empty boundary', 'multipart/form-data; boundary=""'],
  ])('are refused when the content type %s', (_, contentType) => {
    expect(readParts(contentType, Buffer.from(one.replaceAll('\n', '\r\n')))).toBeUndefined();
  });
});
