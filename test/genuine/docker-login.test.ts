import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Home } from '../support/genuine/home.ts';
import { onEachServer } from '../support/genuine/on-each-server.ts';
import type { Stage } from '../support/genuine/stage.ts';
import { refreshTokenOf } from '../support/genuine/token-service.ts';
import { startDecoy } from './decoy.ts';

const gun = 'docker.io/alice/private';

const auth = Buffer.from('alice:wonderland').toString('base64');
const configFile = (who: Home): string => join(who.folder, '.docker/config.json');

/** What `docker login` leaves behind. */
function saveLogins(who: Home, auths: Record<string, object>): void {
  writeFileSync(configFile(who), JSON.stringify({ auths }, null, '\t'), { mode: 0o600 });
}

async function dockerLogin(who: Home, host: string): Promise<void> {
  const words = ['login', '--username', 'alice', '--password-stdin', host];
  const { status, stdout, stderr } = await who.run('docker', words, { input: 'wonderland' });
  expect(`${stdout}${stderr}`).toContain('Login Succeeded');
  expect(status).toBe(0);
}

/** Makes and publishes a collection; whoever asks for anything reads an empty standard input. */
async function makeCollection(who: Home, name: string): Promise<string> {
  await who.tsnotary('init', name);
  await who.tsnotary('add', name, 'v1', who.write('v1', 'one'));
  const { stdout, stderr } = await who.tsnotary('publish', name);
  expect(stdout).toContain(`Successfully published changes for repository ${name}`);
  expect(stdout + stderr).not.toContain('Enter');
  return stdout + stderr;
}

onEachServer('an owner after docker login, where the server wants tokens', ['docker'], (open) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await open({ auth: 'token', docker: true });
  });
  afterAll(() => stage.close());

  it('an owner publishes without NOTARY_AUTH and without being asked', async () => {
    const owner = stage.home('owner');
    await dockerLogin(owner, stage.address);
    const before = stage.tokens.requests.length;
    await makeCollection(owner, `${gun}-saved`);
    const asked = stage.tokens.requests.slice(before);
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.filter(({ user, status }) => user !== 'alice' || status !== 200)).toEqual([]);
  });

  it('docker and tsnotary publish as the same user', async () => {
    const image = `${stage.address}/alice/demo`;
    const owner = stage.home('both', {
      passphrases: { root: 'root-passphrase', targets: 'target-passphrase' },
    });
    await dockerLogin(owner, stage.address);
    stage.engine.addImage(image, '1.0');
    const before = stage.tokens.requests.length;
    await owner.docker('push', `${image}:1.0`);
    const byDocker = stage.tokens.requests.slice(before);
    await owner.tsnotary('remove', image, '1.0');
    await owner.tsnotary('publish', image);
    const byUs = stage.tokens.requests.slice(before + byDocker.length);
    const users = [byDocker, byUs].map((requests) => [...new Set(requests.map(({ user }) => user))]);
    expect(users).toEqual([['alice'], ['alice']]);
  });

  it('trust commands ask nobody for a login, and name the one of the registry that docker takes', async () => {
    const stranger = stage.home('stranger');
    const words = 'trust signer add --key bob.pub bob registry.example.com/alice/demo'.split(' ');
    await stranger.tsnotary('trust', 'key', 'generate', 'bob');
    const { status, stdout, stderr } = await stranger.run('tsnotary', words, { input: 'alice\n' });
    expect(status).toBe(1);
    expect(stderr).toContain(
      'Log in with \\"docker login registry.example.com\\" as someone who may do this: the trust server gets the login of the registry.',
    );
    expect(stdout + stderr).not.toMatch(/username|NOTARY_AUTH|docker login localhost/);
  });

  it('a credential helper that docker has given the login to is asked for the login', async () => {
    const owner = stage.home('ring-owner');
    const env = installHelper(owner, 'ring');
    writeFileSync(configFile(owner), JSON.stringify({ credsStore: 'ring' }));
    const words = ['login', '--username', 'alice', '--password-stdin', stage.address];
    await owner.run('docker', words, { input: 'wonderland', env });
    expect(readFileSync(configFile(owner), 'utf8')).not.toContain(auth);
    const { status, stdout, stderr } = await owner.run('tsnotary', ['-D', 'init', `${gun}-ring`, '-p'], {
      env,
    });
    expect(status).toBe(0);
    expect(stdout + stderr).not.toMatch(/Enter|wonderland/);
    const seen = readFileSync(join(owner.folder, 'seen'), 'utf8');
    expect(seen).toContain(`get ${stage.address}\n`);
    // Docker's own variables are there, as when docker itself calls its helper.
    expect(seen).not.toMatch(/^NOTARY_|wonderland/m);
  });
});

/** A helper that keeps one login, and notes its arguments, its input for `get`, and its environment. */
function installHelper(who: Home, name: string): Record<string, string> {
  const bin = join(who.folder, 'bin');
  mkdirSync(bin);
  const file = join(bin, `docker-credential-${name}`);
  const script = [
    '#!/bin/sh',
    'case "$1" in',
    '  store) cat > "$HOME/ring" ;;',
    '  get)',
    '    server=$(cat); echo "get $server" >> "$HOME/seen"; env >> "$HOME/seen"',
    '    if grep -qF "\\"$server\\"" "$HOME/ring" 2>/dev/null; then cat "$HOME/ring"',
    '    else echo "credentials not found in native keychain"; exit 1; fi ;;',
    '  *) echo "{}" ;;',
    'esac',
  ].join('\n');
  writeFileSync(file, script);
  chmodSync(file, 0o755);
  return { PATH: `${bin}:${process.env['PATH'] ?? ''}` };
}

onEachServer('a login in ~/.docker/config.json, where the server wants tokens', [], (open, kind) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await open({ auth: 'token', anonymous: [] });
  });
  afterAll(() => stage.close());

  it.each([
    ['host and port', () => stage.address, `${gun}-1`],
    ['the old spelling', () => `https://${stage.address}/v1/`, `${gun}-2`],
    ['the registry beside the trust server', () => 'localhost:5000', 'localhost:5000/alice/demo'],
  ])('an owner with a login in config.json publishes and reads: %s', async (key, host, name) => {
    const owner = stage.home(`owner-${key}`);
    saveLogins(owner, { [host()]: { auth } });
    await makeCollection(owner, name);
    expect((await owner.tsnotary('list', name)).stdout).toMatch(/^v1 /m);
  });

  // Refresh tokens of a sandbox are its own; their tests are in test/sandbox.
  if (kind === 'genuine')
    it('an identity token is exchanged for access tokens', async () => {
      const owner = stage.home('identity');
      const identitytoken = refreshTokenOf('alice');
      saveLogins(owner, {
        [stage.address]: { auth: Buffer.from('0000:').toString('base64'), identitytoken },
      });
      const before = stage.tokens.requests.length;
      expect(await makeCollection(owner, `${gun}-identity`)).not.toContain(identitytoken);
      expect(stage.tokens.requests.slice(before)).toContainEqual({
        account: undefined,
        service: 'tsnotary-test',
        scopes: [`repository:${gun}-identity:push,pull`],
        user: 'alice',
        status: 200,
      });
    });

  it('NOTARY_AUTH goes before the login in config.json', async () => {
    const owner = stage.home('explicit', { env: { NOTARY_AUTH: auth } });
    saveLogins(owner, { [stage.address]: { auth: Buffer.from('bob:builder').toString('base64') } });
    const before = stage.tokens.requests.length;
    await makeCollection(owner, `${gun}-explicit`);
    expect(new Set(stage.tokens.requests.slice(before).map(({ user }) => user))).toEqual(new Set(['alice']));
  });

  it('the login in config.json is not used for a server that need not prove its name, unless that is allowed', async () => {
    const owner = stage.home('gullible');
    owner.configure({ remote_server: { url: stage.url, skipTLSVerify: true } });
    saveLogins(owner, { [stage.address]: { auth } });
    const words = ['init', `${gun}-gullible`, '-p'];
    const before = stage.tokens.requests.length;
    expect((await owner.run('tsnotary', words)).stdout).toContain('Enter username: ');
    expect(stage.tokens.requests.slice(before).filter(({ user }) => user !== undefined)).toEqual([]);
    const env = { TSNOTARY_INSECURE_CREDENTIALS: '1' };
    expect((await owner.run('tsnotary', ['publish', `${gun}-allowed`], { env })).status).toBe(0);
  });

  it('a stale login is reported, and the user is not asked', async () => {
    const owner = stage.home('stale');
    saveLogins(owner, { [stage.address]: { auth: Buffer.from('alice:stale-word').toString('base64') } });
    const { status, stdout, stderr } = await owner.run('tsnotary', ['-D', 'publish', gun]);
    expect(status).toBe(1);
    expect(stdout).toContain('* fatal: unauthorized: authentication required');
    expect(stderr.match(/code=DOCKER_LOGIN_REFUSED/g)).toHaveLength(1);
    expect(stdout + stderr).not.toMatch(/Enter|stale-word|YWxpY2U/);
  });

  it('a damaged config.json is one warning, and the user is asked', async () => {
    const owner = stage.home('damaged');
    writeFileSync(configFile(owner), `{"auths": {"${stage.address}": {"auth": "${auth}"`);
    const { status, stdout, stderr } = await owner.run('tsnotary', ['-D', 'init', `${gun}-damaged`, '-p'], {
      input: 'alice\nwonderland\n',
    });
    expect(status).toBe(0);
    expect(stdout).toContain('Enter username: ');
    expect(stderr.match(/code=DOCKER_CONFIG_UNUSABLE/g)).toHaveLength(1);
    expect(stdout + stderr).not.toContain(auth);
  });
});

onEachServer('a login in ~/.docker/config.json, behind a front that asks for a password', [], (open) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await open({ auth: 'basic' });
  });
  afterAll(() => stage.close());

  it('an owner publishes and reads', async () => {
    const owner = stage.home('owner');
    saveLogins(owner, { [stage.address]: { auth } });
    await makeCollection(owner, gun);
    expect((await owner.tsnotary('list', gun)).stdout).toMatch(/^v1 /m);
    expect(stage.front.requests.filter(({ user }) => user !== undefined && user !== 'alice')).toEqual([]);
  });

  it('an owner whose DOCKER_CONFIG names another directory publishes with the login there', async () => {
    const owner = stage.home('elsewhere');
    const folder = join(owner.folder, 'elsewhere');
    mkdirSync(folder);
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths: { [stage.address]: { auth } } }));
    const publish = ['init', `${gun}-elsewhere`, '-p'];
    const found = await owner.run('tsnotary', publish, { env: { DOCKER_CONFIG: folder } });
    expect([found.status, found.stdout.includes('Enter')]).toEqual([0, false]);
  });
});

onEachServer('a login for another host', [], (open) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await open({ auth: 'token' });
  });
  afterAll(() => stage.close());

  it.each(['bearer', 'basic'] as const)(
    'a login for another host is never sent to a server that asks for it (%s)',
    async (scheme) => {
      const decoy = await startDecoy(stage.certificates, scheme);
      try {
        const owner = stage.home(`careless-${scheme}`);
        const env = installHelper(owner, 'ring');
        writeFileSync(
          configFile(owner),
          JSON.stringify({
            auths: {
              [stage.address]: { auth },
              localhost: { auth, identitytoken: refreshTokenOf('alice') },
              'https://index.docker.io/v1/': { auth },
              'notary.docker.io': { auth },
            },
            credHelpers: { [`localhost:${decoy.port}`]: 'ring' },
          }),
        );
        const before = stage.tokens.requests.length;
        const names = [
          gun,
          `${stage.address}/demo`,
          'localhost/demo',
          `localhost:${decoy.port}/demo`,
          'alice/demo',
        ];
        for (const name of names) {
          for (const words of [
            ['list', name],
            ['init', name, '-p'],
            ['delete', name, '--remote'],
          ]) {
            await owner.run('tsnotary', ['-s', decoy.url, ...words], { env });
          }
        }
        expect(decoy.requests.length).toBeGreaterThan(names.length * 3);
        expect(decoy.requests.filter(({ secrets }) => secrets.length > 0)).toEqual([]);
        expect(decoy.requests.filter(({ uri }) => uri.includes('account='))).toEqual([]);
        expect(stage.tokens.requests.slice(before)).toEqual([]);
      } finally {
        await decoy.stop();
      }
    },
  );

  it('a login for another host is not sent under another name of the same machine', async () => {
    const owner = stage.home('other-name');
    saveLogins(owner, { [stage.address]: { auth } });
    const url = stage.url.replace('localhost', '127.0.0.1');
    const before = stage.tokens.requests.length;
    const { status, stdout } = await owner.run('tsnotary', ['-s', url, 'publish', gun]);
    expect(status).toBe(1);
    expect(stdout).toContain('Enter username: ');
    expect(stage.tokens.requests.slice(before).map(({ user }) => user)).toEqual([undefined]);
  });
});
