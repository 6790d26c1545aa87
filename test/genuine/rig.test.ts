/** The rig itself: that the stage, its people and its programs do what the other suites rely on. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type OpenStage, onEachServer } from '../support/genuine/on-each-server.ts';
import type { Stage } from '../support/genuine/stage.ts';

function onStage(
  options: Parameters<OpenStage>[0],
  tests: (stage: () => Stage) => void,
): (open: OpenStage) => void {
  return (open) => {
    let stage: Stage | undefined;
    beforeAll(async () => {
      stage = await open(options);
    });
    afterAll(() => stage?.close());
    tests(() => {
      if (stage === undefined) throw new Error('the stage is not set');
      return stage;
    });
  };
}

const gun = 'docker.io/alice/demo';

onEachServer(
  'a test server that is open',
  ['notary'],
  onStage({}, (stage) => {
    it('the test server lets one client initialise and publish a collection that another one lists', async () => {
      const owner = stage().home('owner');
      await owner.notary('init', gun, '-p');
      await owner.notary('add', gun, 'v1', owner.write('v1.txt', 'one'), '-p');
      const listing = await stage().home('reader', { passphrases: 'none' }).notary('list', gun);
      expect(listing.stdout).toMatch(/^v1 +[0-9a-f]{64} +3 +targets$/m);
    });

    it('the test server says which requests it has answered', async () => {
      const before = (await stage().server.requests()).length;
      await stage().home('counter').run('notary', ['lookup', 'nobody/nothing', 'x']);
      const requests = (await stage().server.requests()).slice(before);
      expect(requests.map(({ method, uri, status }) => `${method} ${uri} ${status}`)).toEqual([
        'GET /v2/ 200',
        'GET /v2/nobody/nothing/_trust/tuf/root.json 404',
      ]);
    });

    it('a home lets in nothing of the caller’s environment', async () => {
      process.env['NOTARY_ROOT_PASSPHRASE'] = 'from the caller';
      const { stdout } = await stage().home('stranger', { passphrases: 'none' }).run('sh', ['-c', 'env']);
      delete process.env['NOTARY_ROOT_PASSPHRASE'];
      expect(stdout).not.toContain('from the caller');
    });
  }),
);

onEachServer(
  'a client at a terminal',
  ['notary'],
  onStage({}, (stage) => {
    it('a client at a terminal answers hidden prompts without an echo and sees exactly what is shown', async () => {
      const writer = stage().home('writer', { passphrases: 'none' });
      const terminal = writer.terminal('notary', ['key', 'generate', '-r', 'user']);
      await terminal.waitFor('Enter passphrase for new user key');
      await terminal.answerHidden('a long passphrase');
      await terminal.waitFor('Repeat passphrase');
      await terminal.answerHidden('a long passphrase');
      const { status, shown, echo } = await terminal.end();
      expect(shown).toMatch(
        /^Enter passphrase for new user key with ID [0-9a-f]{7}: \nRepeat passphrase for new user key with ID [0-9a-f]{7}: \nGenerated new ecdsa user key with keyID: [0-9a-f]{64}\n$/,
      );
      expect({ status, echo }).toEqual({ status: 0, echo: true });
    });

    it('a client at a terminal presses Ctrl-C at a hidden prompt, after which genuine notary leaves the echo off', async () => {
      const leaver = stage().home('leaver', { passphrases: 'none' });
      const terminal = leaver.terminal('notary', ['key', 'generate']);
      await terminal.waitFor('Enter passphrase');
      await terminal.waitForEchoOff();
      terminal.interrupt();
      expect(await terminal.end()).toMatchObject({ status: 130, echo: false });
    });

    it('a client at a terminal sees log records on the terminal, or apart from it', async () => {
      const watcher = stage().home('watcher');
      watcher.configure({ remote_server: { url: 'https://127.0.0.1:1' } });
      const together = await watcher.terminal('notary', ['list', gun]).end();
      expect(together.shown).toContain('ERRO');
      const apart = await watcher.terminal('notary', ['list', gun], { stderr: 'apart' }).end();
      expect(apart.shown).toBe('\n* fatal: client is offline\n');
      expect(apart.stderr).toContain('level=error msg="could not reach https://127.0.0.1:1');
    });
  }),
);

onEachServer(
  'a server that wants tokens',
  ['notary'],
  onStage({ auth: 'token' }, (stage) => {
    it('a server that wants tokens admits a writer with a password and refuses one with a wrong password', async () => {
      const auth = (text: string): Record<string, string> => ({
        NOTARY_AUTH: Buffer.from(text).toString('base64'),
      });
      await stage()
        .home('alice', { env: auth('alice:wonderland') })
        .notary('publish', gun);
      const refused = await stage()
        .home('mallory', { env: auth('alice:guess') })
        .run('notary', ['publish', gun]);
      expect(refused.stdout).toContain('* fatal: unauthorized: authentication required');
      expect(
        stage().tokens.requests.map(({ user, scopes, status }) => `${user} ${scopes.join()} ${status}`),
      ).toEqual([`alice repository:${gun}:push,pull 200`, `alice repository:${gun}:push,pull 401`]);
      await stage().home('reader').notary('list', gun);
      expect(stage().tokens.requests.at(-1)).toMatchObject({
        user: undefined,
        scopes: [`repository:${gun}:pull`],
      });
    });
  }),
);

onEachServer(
  'a server behind a front that wants a password',
  ['notary'],
  onStage({ auth: 'basic' }, (stage) => {
    it('a server behind a front that wants a password admits writers with the password only', async () => {
      const env = { NOTARY_AUTH: Buffer.from('alice:wonderland').toString('base64') };
      await stage().home('alice', { env }).notary('init', gun, '-p');
      const refused = await stage().home('bob').run('notary', ['init', 'other', '-p']);
      expect(refused.stdout).toContain('* fatal: no basic auth credentials');
      const turnedAway = stage().front.requests.filter(({ admitted }) => !admitted);
      expect(new Set(turnedAway.map(({ uri }) => uri))).toEqual(new Set(['/v2/']));
    });
  }),
);

onEachServer(
  'a server far away',
  ['notary'],
  onStage({ roundTrip: 40 }, (stage) => {
    it('the delaying proxy counts connections and can shut the way while the server keeps its data', async () => {
      const owner = stage().home('owner');
      await owner.notary('init', gun, '-p');
      const before = stage().proxy.connections();
      await owner.notary('list', gun);
      const requests = await stage().server.requests();
      expect(stage().proxy.connections() - before).toBe(requests.length - before);
      await stage().proxy.shut();
      expect((await owner.notary('list', gun)).stderr).toContain('connection refused');
      await stage().proxy.reopen();
      expect((await owner.notary('list', gun)).stderr).toBe('');
    });
  }),
);

onEachServer(
  'the Docker CLI on the test server',
  ['docker', 'notary'],
  onStage({ docker: true }, (stage) => {
    it.each(['without a registry', 'on Docker Hub'])(
      'the Docker CLI signs what it pushes %s and pulls the signed digest',
      async (where) => {
        const image = where === 'on Docker Hub' ? 'docker.io/alice/demo' : `${stage().address}/alice/demo`;
        const { engine } = stage();
        const alice = stage().home(`alice ${where}`);
        const { digest } = engine.addImage(image, '1.0');
        const pushed = await alice.docker('push', `${image}:1.0`);
        expect(pushed.stdout).toContain(`Successfully signed ${image}:1.0`);
        const listing = await alice.notary('list', image);
        expect(listing.stdout).toContain(digest.slice('sha256:'.length));
        await alice.docker('pull', `${image}:1.0`);
        expect(engine.requests.slice(-2)).toEqual([
          { action: 'pull', name: image, reference: digest },
          { action: 'tag', name: expect.stringContaining('alice/demo') as string, reference: '1.0' },
        ]);
      },
    );

    it('the Docker CLI adds a signer, signs as that signer, inspects and revokes', async () => {
      const image = `${stage().address}/team/tool`;
      stage().engine.addImage(image, '2.0');
      const owner = stage().home('owner');
      await owner.docker('trust', 'key', 'generate', 'owner');
      await owner.docker('trust', 'signer', 'add', '--key', 'owner.pub', 'owner', image);
      await owner.docker('trust', 'sign', `${image}:2.0`);
      const signed = await owner.docker('trust', 'inspect', `${image}:2.0`);
      expect(JSON.parse(signed.stdout)).toMatchObject([
        { SignedTags: [{ SignedTag: '2.0', Signers: ['owner'] }] },
      ]);
      await owner.docker('trust', 'revoke', '-y', `${image}:2.0`);
      expect(JSON.parse((await owner.docker('trust', 'inspect', image)).stdout)).toMatchObject([
        { SignedTags: [] },
      ]);
    });

    it('the Docker CLI loads a private key made by openssl', async () => {
      const carol = stage().home('carol');
      await carol.openssl(
        'genpkey',
        '-algorithm',
        'EC',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-out',
        'carol.key',
      );
      await carol.run('sh', ['-c', 'chmod 600 carol.key']);
      const { stdout } = await carol.docker('trust', 'key', 'load', '--name', 'carol', 'carol.key');
      expect(stdout).toContain('Successfully imported key from carol.key');
      const [id = ''] =
        /^[0-9a-f]{64}/m.exec((await carol.run('sh', ['-c', `ls ${carol.trustDir}/private`])).stdout) ?? [];
      expect(readFileSync(join(carol.trustDir, 'private', `${id}.key`), 'utf8')).toContain('role: carol');
    });
  }),
);
