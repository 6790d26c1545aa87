import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registryLogins } from '../../../../src/adapters/http/docker/registry-logins.ts';
import { makeScratch, removeScratch } from '../../../support/genuine/scratch.ts';
import { memoryLog } from '../../../support/memory-ports.ts';

let home = '';
beforeEach(() => {
  home = makeScratch();
  mkdirSync(join(home, '.docker'));
});
afterEach(() => removeScratch(home));

const file = (): string => join(home, '.docker/config.json');
const login = (text: string): object => ({ auth: Buffer.from(text).toString('base64') });
const save = (config: object): void => writeFileSync(file(), JSON.stringify(config));

function logins() {
  const log = memoryLog();
  const source = registryLogins({
    env: { HOME: home, PATH: `${home}:/usr/bin:/bin` },
    absolute: (path) => path,
    log,
  });
  return { log, find: (domain: string) => source.find(domain) };
}

/** A credential helper that writes down what it is asked for. */
function install(name: string, answer: object | string, status = 0): void {
  const said = typeof answer === 'string' ? answer : JSON.stringify(answer);
  const script = `#!/bin/sh\ncat >> '${home}/asked'\necho >> '${home}/asked'\necho '${said}'\nexit ${status}\n`;
  writeFileSync(join(home, `docker-credential-${name}`), script, { mode: 0o755 });
}
const asked = (): readonly string[] =>
  existsSync(join(home, 'asked')) ? readFileSync(join(home, 'asked'), 'utf8').trim().split('\n') : [];

describe('the login of a registry', () => {
  it.each([
    ['docker.io', 'https://index.docker.io/v1/'],
    ['r.example:5000', 'r.example:5000'],
    ['r.example:5000', 'https://r.example:5000'],
    ['r.example:5000', 'http://r.example:5000/v1/'],
    ['r.example:5000', 'r.example:5000/v2/'],
  ])('the login of %s is found under %s', async (domain, key) => {
    save({ auths: { [key]: login('alice:wonderland') } });
    expect(await logins().find(domain)).toMatchObject({ username: 'alice', password: 'wonderland' });
  });

  it.each(['r.example', 'r.example:5001', 'x.r.example:5000', 'docker.io', 'registry-1.docker.io'])(
    'the login of another registry is not that of %s',
    async (domain) => {
      save({ auths: { 'r.example:5000': login('alice:wonderland') } });
      expect(await logins().find(domain)).toBeUndefined();
    },
  );

  it('a credential helper is asked once for a registry, by the key that docker uses', async () => {
    install('hub', { ServerURL: 'https://index.docker.io/v1/', Username: '<token>', Secret: 'refresh' });
    install('rest', 'credentials not found in native keychain', 1);
    save({ credHelpers: { 'https://index.docker.io/v1/': 'hub' }, credsStore: 'rest' });
    const { find } = logins();
    const both = await Promise.all([find('docker.io'), find('docker.io')]);
    expect(both[0]).toMatchObject({ username: '', password: '', identityToken: 'refresh' });
    expect(both[1]).toBe(both[0]);
    expect(await find('r.example:5000')).toBeUndefined();
    expect(asked()).toEqual(['https://index.docker.io/v1/', 'r.example:5000']);
  });

  it('a login that is refused is said to be so once, with the command that renews it', async () => {
    save({ auths: { 'r.example': login('alice:wonderland'), 'https://index.docker.io/v1/': login('a:b') } });
    const { find, log } = logins();
    const found = await find('r.example');
    found?.refused?.();
    found?.refused?.();
    (await find('docker.io'))?.refused?.();
    expect(log.records.filter(({ level }) => level === 'warn')).toEqual([
      {
        level: 'warn',
        message: `the Docker login for r.example of ${file()} was refused: repeat "docker login r.example"`,
        code: 'DOCKER_LOGIN_REFUSED',
      },
      {
        level: 'warn',
        message: `the Docker login for docker.io of ${file()} was refused: repeat "docker login"`,
        code: 'DOCKER_LOGIN_REFUSED',
      },
    ]);
  });

  it('a file that is damaged is a warning without its content, and no login', async () => {
    writeFileSync(file(), '{"auths":"secret"');
    const { find, log } = logins();
    expect(await find('r.example')).toBeUndefined();
    expect(log.messages('warn')).toEqual([`Docker logins are not used: ${file()} is damaged`]);
  });
});
