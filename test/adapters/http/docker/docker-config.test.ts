import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type DockerConfig,
  helperFor,
  loginInFile,
  readDockerConfig,
} from '../../../../src/adapters/http/docker/docker-config.ts';
import { makeScratch, removeScratch } from '../../../support/genuine/scratch.ts';

let folder = '';
beforeEach(() => (folder = makeScratch()));
afterEach(() => removeScratch(folder));

const base64 = (text: string): string => Buffer.from(text).toString('base64');

function config(content: object | string): DockerConfig {
  const file = join(folder, 'config.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  const read = readDockerConfig(file);
  if (read === undefined) throw new Error('it was not found');
  return read;
}

const auths = (entries: object): DockerConfig => config({ auths: entries });
const alice = { username: 'alice', password: 'wonderland', identityToken: '' };

describe('a login in config.json', () => {
  it.each([
    ['auth, as docker login writes it', { auth: base64('alice:wonderland') }, alice],
    ['a password with colons', { auth: base64('alice:a:b') }, { ...alice, password: 'a:b' }],
    ['a padded password', { auth: base64('alice:wonderland\0\0') }, alice],
    ['username and password', { username: 'alice', password: 'wonderland' }, alice],
    [
      'auth before username and password',
      { auth: base64('alice:wonderland'), username: 'bob', password: 'builder' },
      alice,
    ],
    [
      'an identity token',
      { auth: base64('00000000-0000-0000-0000-000000000000:'), identitytoken: 'refresh' },
      { username: '00000000-0000-0000-0000-000000000000', password: '', identityToken: 'refresh' },
    ],
    ['nothing', {}, { username: '', password: '', identityToken: '' }],
    ['null', null, { username: '', password: '', identityToken: '' }],
  ])('a login in config.json is made of %s', (_, entry, login) => {
    expect(loginInFile(auths({ 'h.example': entry }), 'h.example')).toEqual(login);
  });

  it.each([
    ['h.example:5000', 'h.example:5000'],
    ['https://h.example:5000', 'h.example:5000'],
    ['https://h.example:5000/v1/', 'h.example:5000'],
    ['https://index.docker.io/v1/', 'docker.io'],
    ['docker.io', 'docker.io'],
  ])('a login in config.json is found under %s', (key, host) => {
    expect(loginInFile(auths({ [key]: { auth: base64('alice:wonderland') } }), host)).toEqual(alice);
  });

  it('a login in config.json is found under the key that Docker uses today, when there are several', () => {
    const entries = {
      'https://index.docker.io/v1/access-token': { auth: base64('alice:access') },
      'docker.io': { auth: base64('alice:old') },
      'https://index.docker.io/v1/': { auth: base64('alice:wonderland') },
    };
    expect(loginInFile(auths(entries), 'docker.io')).toEqual(alice);
  });

  it.each(['h.example', 'h.example:5001', 'example:5000', 'other.example:5000'])(
    'a login in config.json is not used for %s',
    (host) => {
      expect(loginInFile(auths({ 'h.example:5000': { auth: base64('alice:x') } }), host)).toBeUndefined();
    },
  );

  it.each([['%%%'], [base64('alice')], [5]])('a login in config.json is damaged when auth is %s', (auth) => {
    expect(() => loginInFile(auths({ 'h.example': { auth } }), 'h.example')).toThrow(
      expect.objectContaining({ code: 'MALFORMED_JSON' }),
    );
  });
});

describe('the credential helper for a host', () => {
  const settings = {
    credsStore: 'store',
    credHelpers: { 'h.example:5000': 'special', 'plain.example': '', 'https://index.docker.io/v1/': 'hub' },
  };

  it.each([
    ['h.example:5000', 'special'],
    ['docker.io', 'hub'],
    ['h.example', 'store'],
    ['plain.example', undefined],
  ])('the credential helper for a host is found as Docker finds it: %s: %s', (host, name) => {
    expect(helperFor(config(settings), host)).toBe(name);
  });

  it('a host has no credential helper when the file keeps the logins', () => {
    expect(helperFor(auths({}), 'h.example')).toBeUndefined();
  });
});

describe('config.json', () => {
  it('config.json may have anything else in it, fractions too, and may be a link', () => {
    const target = config({ psFormat: 'table {{.ID}}', plugins: { a: { b: 0.5 } }, auths: null });
    symlinkSync(target.file, join(folder, 'link.json'));
    expect(readDockerConfig(join(folder, 'link.json'))).toMatchObject({ credsStore: '' });
  });

  it('config.json may be missing', () => {
    expect(readDockerConfig(join(folder, 'no', 'config.json'))).toBeUndefined();
  });

  it.each(['', ' \n'])('config.json may be empty, as docker has it: %j', (content) => {
    expect(config(content)).toMatchObject({ credsStore: '' });
    expect(loginInFile(config(content), 'h.example')).toBeUndefined();
  });

  it('config.json may begin with a byte order mark, and be UTF-16', () => {
    const text = '\ufeff{"credsStore":"pass"}';
    for (const encoding of ['utf8', 'utf16le'] as const) {
      writeFileSync(join(folder, 'marked.json'), text, encoding);
      expect(readDockerConfig(join(folder, 'marked.json'))).toMatchObject({ credsStore: 'pass' });
    }
  });

  it.each([
    '{',
    '[]',
    '{"auths":[]}',
    '{"auths":{},"auths":{}}',
    '{"credsStore":1}',
    '{"credHelpers":{"h":1}}',
  ])('config.json is damaged when it holds %s', (content) => {
    expect(() => config(content)).toThrow(expect.objectContaining({ code: 'MALFORMED_JSON' }));
  });

  it('a directory is not taken for config.json', () => {
    mkdirSync(join(folder, 'config.json'));
    expect(() => readDockerConfig(join(folder, 'config.json'))).toThrow(
      expect.objectContaining({ code: 'FILE_UNREADABLE' }),
    );
  });
});
