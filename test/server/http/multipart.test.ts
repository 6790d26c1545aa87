import { describe, expect, it } from 'vitest';
import { boundaryOf, readParts } from '../../../src/server/http/multipart.ts';

/** The parts as `name=text`, and `damaged` for what is no form. */
function read(text: string): readonly string[] {
  return [...readParts('b', Buffer.from(text.replaceAll('\n', '\r\n')))].map((part) =>
    part === 'damaged' ? part : `${part.filename}=${Buffer.from(part.bytes).toString()}`,
  );
}

const one = '--b\nContent-Disposition: form-data; name="files"; filename="root"\n\nbytes\n--b--\n';

describe('the parts of an upload', () => {
  it('the parts of an upload have file names and bytes', () => {
    expect(read(`--b\nContent-Disposition: form-data; filename="x"\n\n1\n${one}`)).toEqual([
      'x=1',
      'root=bytes',
    ]);
  });

  it('the parts of an upload may be none', () => {
    expect(read('--b--\n')).toEqual([]);
    expect(read('--b--')).toEqual([]);
  });

  it('the parts of an upload may be empty', () => {
    expect(read(one.replace('bytes', ''))).toEqual(['root=']);
  });

  it('the parts of an upload may lack headers, a file name, or both', () => {
    expect(read('--b\n\nbytes\n--b--\n')).toEqual(['=bytes']);
    expect(read(one.replace('; filename="root"', ''))).toEqual(['=bytes']);
  });

  it('the parts of an upload keep line breaks and dashes that are theirs', () => {
    const content = '\r\n--\r\n--a\r\n\r\n';
    const bytes = Buffer.from(one.replaceAll('\n', '\r\n').replace('bytes', content));
    const [part] = readParts('b', bytes);
    expect(part).toEqual({ filename: 'root', bytes: Buffer.from(content) });
  });

  it('the parts of an upload are found after a preamble and before an epilogue', () => {
    expect(read(`before\n${one}after`)).toEqual(['root=bytes']);
    expect(read(`--before\n--better\n${one}`)).toEqual(['root=bytes']);
  });

  it('the parts of an upload are found whatever the case of names and the order of parameters', () => {
    const odd =
      '--b  \nX-Other: 1\ncontent-disposition: form-data; FileName=root; name="files"\n\nbytes\n--b--';
    expect(read(odd)).toEqual(['root=bytes']);
  });

  it('the parts of an upload may be in lines that end in LF alone', () => {
    expect([...readParts('b', Buffer.from(one))]).toEqual([
      { filename: 'root', bytes: Buffer.from('bytes') },
    ]);
  });

  it('the parts of an upload have file names with slashes and escaped quotes', () => {
    expect(read(one.replace('"root"', '"targets/a\\"b"'))).toEqual(['targets/a"b=bytes']);
  });

  it('the parts of an upload are none where the body ends in their headers', () => {
    expect(read(one.slice(0, 30))).toEqual([]);
  });

  it.each([
    ['nothing', '', []],
    ['no last boundary', one.slice(0, -7), ['root=bytes']],
    ['another boundary', one.replaceAll('--b', '--c'), []],
    ['text after the last boundary', `${one.trim()}text`, ['root=bytes']],
    ['a line among the headers that is none', one.replace('\n', '\nno header\n'), []],
  ])('the parts of an upload end with a report of the damage in a body with %s', (_, text, found) => {
    expect(read(text)).toEqual([...found, 'damaged']);
  });
});

describe('the boundary of a form', () => {
  it.each([
    ['multipart/form-data; boundary=b', 'b'],
    ['Multipart/Form-Data; charset=x; Boundary="a b"', 'a b'],
    ['multipart/mixed;boundary=b', 'b'],
    ['multipart/form-data; boundary="a\\"b\\c"', 'a"b\\c'],
    ["multipart/form-data; boundary*=utf-8''a%20b", 'a b'],
    ['multipart/form-data; boundary*0=a; boundary*1=b', 'ab'],
    ['multipart/form-data; boundary=b;', 'b'],
  ])('the boundary of a form is read from %s', (contentType, boundary) => {
    expect(boundaryOf(contentType)).toBe(boundary);
  });

  it.each([
    '',
    'application/json; boundary=b',
    'multipart/form-data',
    'multipart/form-data; boundary',
    'multipart/form-data; boundary="b',
    'multipart/form-data; boundary=b; boundary=b',
    'multipart/form-data boundary=b',
    'multipart/form-data/x; boundary=b',
    "multipart/form-data; boundary*=latin1''b",
  ])('the boundary of a form is not read from "%s"', (contentType) => {
    expect(boundaryOf(contentType)).toBeUndefined();
  });
});
