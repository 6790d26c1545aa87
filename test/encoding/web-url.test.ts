import { describe, expect, it } from 'vitest';
import { webUrlDefect } from '../../src/encoding/web-url.ts';

describe('a web address', () => {
  it.each([
    'https://h',
    'http://h:80/a?b#c',
    'HTTP://H',
    'https://[::1]:4443',
    'https://1.2.3.4',
    'https://u:p@h',
  ])('the web address %s is one', (url) => expect(webUrlDefect(url)).toBeUndefined());

  it.each([
    ['', 'it does not begin with http:// or https://'],
    ['h', 'it does not begin with http:// or https://'],
    ['//h', 'it does not begin with http:// or https://'],
    ['ftp://h', 'it begins with "ftp:" and not with http:// or https://'],
    ['https:/h', 'two slashes have to follow "https:"'],
    ['https:h', 'two slashes have to follow "https:"'],
    ['https:///h', 'no host is named'],
    ['https://u@:1', 'no host is named'],
    ['https://h:1x', 'its port is no number'],
    ['https://h:65536', 'its port is not from 1 to 65535'],
    ['https://h ', 'a blank, a control character or a backslash is in it'],
    ['https:\\\\h', 'a blank, a control character or a backslash is in it'],
    ['https://127.1', 'its host is read as another by some programs'],
    ['https://h%41', 'its host is read as another by some programs'],
    ['https://[::', 'its host is no name and no address'],
  ])('the web address %j is none, and why is said', (url, defect) => expect(webUrlDefect(url)).toBe(defect));
});
