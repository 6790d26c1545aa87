import { afterAll, beforeAll, expect, it } from 'vitest';
import { onEachServer } from '../support/genuine/on-each-server.ts';
import type { Stage } from '../support/genuine/stage.ts';

const gun = 'docker.io/alice/private';
const auth = Buffer.from('alice:wonderland').toString('base64');
const wrong = Buffer.from('alice:looking-glass').toString('base64');

onEachServer('a server that asks for Bearer tokens, as Docker Hub does', ['notary'], (open) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await open({ auth: 'token' });
  });
  afterAll(() => stage.close());

  it('a server that asks for Bearer tokens lets an owner publish with NOTARY_AUTH, and asks for the scopes that notary asks for', async () => {
    const scopes: Record<string, readonly string[]> = {};
    for (const program of ['notary', 'tsnotary'] as const) {
      const owner = stage.home(`owner-${program}`, { env: { NOTARY_AUTH: auth } });
      const name = `${gun}-${program}`;
      const before = stage.tokens.requests.length;
      await owner[program]('init', name);
      await owner[program]('publish', name);
      await owner[program]('key', 'rotate', name, 'snapshot', '-r');
      await owner[program]('list', name);
      scopes[program] = stage.tokens.requests
        .slice(before)
        .map((request) => JSON.stringify(request).replaceAll(name, 'GUN'))
        .sort();
    }
    expect([...new Set(scopes['tsnotary'])]).toEqual([...new Set(scopes['notary'])]);
  });

  it('the client asks for user name and password on a terminal, once, and shows neither password nor prompt text twice', async () => {
    const owner = stage.home('asker');
    const name = `${gun}-asked`;
    const terminal = owner.terminal('tsnotary', ['init', name, '-p']);
    await terminal.waitFor('Enter username: ');
    terminal.answer('alice');
    await terminal.waitFor('Enter password: ');
    await terminal.answerHidden('wonderland');
    const { status, shown } = await terminal.end();
    expect(shown).not.toContain('wonderland');
    expect(shown.match(/Enter username: /g)).toHaveLength(1);
    expect(status).toBe(0);
  });

  it('the client reads user name and password from a pipe, line by line', async () => {
    const owner = stage.home('piper');
    const outcome = await owner.run('tsnotary', ['init', `${gun}-piped`, '-p'], {
      input: 'alice\nwonderland\n',
    });
    expect(outcome.status).toBe(0);
    expect(outcome.stdout).toContain(`Successfully published changes for repository ${gun}-piped`);
  });

  it.each([
    ['a wrong password', { NOTARY_AUTH: wrong }],
    ['no credentials', {}],
  ])(
    'a server that asks for Bearer tokens refuses a publish with %s as notary does',
    async (_, env: Record<string, string>) => {
      const seen = [];
      for (const program of ['notary', 'tsnotary'] as const) {
        const owner = stage.home(`refused-${program}-${Object.keys(env).length}`, { env });
        const { status, stdout } = await owner.run(program, ['publish', `${gun}-refused`]);
        seen.push({ status, stdout });
      }
      expect(seen[1]).toEqual(seen[0]);
      expect(seen[1]?.status).toBe(1);
    },
  );

  it('the client never shows a password, whatever goes wrong', async () => {
    const owner = stage.home('quiet', { env: { NOTARY_AUTH: auth } });
    const { stdout, stderr } = await owner.run('tsnotary', ['-D', 'publish', `${gun}-quiet`]);
    for (const secret of ['wonderland', auth, 'root-passphrase'])
      expect(stdout + stderr).not.toContain(secret);
  });
});

onEachServer('a server behind a front that asks for a password (Basic)', ['notary'], (open) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await open({ auth: 'basic' });
  });
  afterAll(() => stage.close());

  it('a server behind a front that asks for a password (Basic) lets an owner publish and, unlike notary, read with NOTARY_AUTH', async () => {
    const owner = stage.home('owner', { env: { NOTARY_AUTH: auth } });
    await owner.tsnotary('init', gun, '-p');
    await owner.tsnotary('add', gun, 'v1', owner.write('v1', 'one'), '-p');
    const reader = stage.home('reader', { env: { NOTARY_AUTH: auth }, passphrases: 'none' });
    expect((await reader.tsnotary('list', gun)).stdout).toMatch(/^v1 /m);
  });

  it('a server behind a front that asks for a password (Basic) refuses a wrong password', async () => {
    const owner = stage.home('wrong', { env: { NOTARY_AUTH: wrong } });
    const { status, stdout } = await owner.run('tsnotary', ['publish', gun]);
    expect(status).toBe(1);
    expect(stdout).toContain('you are not authorized to perform this operation: server returned 401.');
  });
});
