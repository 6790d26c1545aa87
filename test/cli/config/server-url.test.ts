import { describe, expect, it } from 'vitest';
import { checkServerUrl } from '../../../src/cli/config/server-url.ts';
import type { NotaryError } from '../../../src/errors.ts';

function failureOf(work: () => unknown): NotaryError {
  try {
    work();
  } catch (error) {
    return error as NotaryError;
  }
  throw new Error('it was accepted');
}

const invalid = (message: string) =>
  expect.objectContaining({ code: 'SERVER_URL_INVALID', message }) as Error;
const online = (url: string) => () => checkServerUrl(url, 'g', true);
const offline = (url: string) => () => checkServerUrl(url, 'g', false);

describe('a server URL that can be used', () => {
  it.each([
    ['https://notary:4443', 'https://notary:4443'],
    ['https://h/prefix', 'https://h/prefix'],
    ['https://h:4443/', 'https://h:4443'],
    ['https://h/prefix//', 'https://h/prefix'],
    ['http://[::1]:80', 'http://[::1]:80'],
    ['http://u:p@h', 'http://u:p@h'],
    ['https://h:', 'https://h:'],
    ['HTTPS://Notary.Example', 'HTTPS://Notary.Example'],
    ['https://bücher.example', 'https://bücher.example'],
    ['https://h/%20', 'https://h/%20'],
  ])('the server URL %s becomes %s', (url, base) => {
    expect(online(url)()).toBe(base);
    expect(offline(url)()).toBe(base);
  });
});

describe('a server URL that cannot be used', () => {
  const reasons = [
    ['https://h:x', 'invalid port ":x" after host'],
    ['http://[::1', "missing ']' in host"],
    ['http://[::1]x', 'invalid port "x" after host'],
    ['://x', 'missing protocol scheme'],
    [' http://x', 'first path segment in URL cannot contain colon'],
    ['127.0.0.1:4443', 'first path segment in URL cannot contain colon'],
    ['http://a b', 'invalid character " " in host name'],
    ['http://a%zz', 'invalid URL escape "%zz"'],
    ['http://h/%zz', 'invalid URL escape "%zz"'],
    ['http://h/%', 'invalid URL escape "%"'],
  ];

  it.each(reasons)('the server URL %s is named before the server is asked', (url, reason) => {
    expect(online(url)).toThrow(
      invalid(`Could not parse remote trust server url (${url}): parse "${url}": ${reason}`),
    );
  });

  it.each(reasons.filter(([url]) => url !== 'http://h/%'))(
    'the server URL %s is named offline, too',
    (url, reason) => {
      expect(offline(url)).toThrow(invalid(`parse "${url}/v2/g/_trust/tuf/": ${reason}`));
    },
  );

  it.each(['notaurl', '127.0.0.1', '//host/x', '/abs', 'a/b:c'])('the server URL %s has no scheme', (url) => {
    expect(online(url)).toThrow(
      invalid(`Trust server url has to be in the form of http(s)://URL:PORT. Got: ${url}`),
    );
    expect(offline(url)).toThrow(invalid('HTTPStore requires an absolute baseURL'));
  });

  it.each([
    ['localhost:4443', /begins with "localhost:".*Write https:\/\/localhost:4443$/],
    ['ftp://h', /begins with "ftp:" and not with http:\/\/ or https:\/\/\.$/],
    ['https://', /no host is named/],
    ['https://:4443', /no host is named/],
    ['https://u@', /no host is named/],
    ['https:/host:4443', /two slashes have to follow "https:"/],
    ['https:host', /two slashes/],
    ['https://h:99999', /port is not from 1 to 65535/],
    ['https://h:0', /port is not from 1 to 65535/],
    ['https://0x7f.1', /read as another/],
    ['https://h/?q=/', /a query or a fragment/],
    ['https://h#x', /a query or a fragment/],
  ])(
    'the server URL %s, which Go parses, is refused before anything is sent, and offline too',
    (url, hint) => {
      for (const check of [online, offline]) {
        const refused = failureOf(check(url));
        expect(refused).toMatchObject({
          code: 'SERVER_URL_INVALID',
          hint: expect.stringMatching(hint) as string,
        });
      }
    },
  );

  it('the GUN may make a server URL unusable', () => {
    expect(() => checkServerUrl('https://h', 'a%zz', false)).toThrow(
      invalid('parse "https://h/v2/a%zz/_trust/tuf/": invalid URL escape "%zz"'),
    );
  });

  it('the error of a bad server URL never shows a password', () => {
    for (const check of [online, offline]) {
      expect(check('http://alice:wonderland@h:x')).toThrow(/alice:\*\*\*@h:x/);
      expect(check('http://alice:wonderland@h:x')).not.toThrow(/wonderland/);
    }
  });

  it('a server URL with a control character is refused and shown quoted', () => {
    expect(online('http://a\x01')).toThrow(
      /parse "http:\/\/a\\x01": net\/url: invalid control character in URL$/,
    );
  });
});
