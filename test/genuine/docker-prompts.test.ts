/** What `trust signer` and `trust key` ask for, on a terminal and on a pipe, beside the genuine docker CLI. */

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Home } from '../support/genuine/home.ts';
import { onEachServer } from '../support/genuine/on-each-server.ts';
import { type Sides, sideBySide } from '../support/genuine/side-by-side.ts';
import type { Stage } from '../support/genuine/stage.ts';

const passphrase = 'some-passphrase';

onEachServer('questions for signers and their keys', ['docker', 'notary'], (open) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await open({ docker: true });
  });
  afterAll(() => stage.close());

  const people = (name: string): Sides => sideBySide(stage, name, { passphrases: 'none' });

  /** What a terminal shows, without the paragraph of advice before a root key, which is our own. */
  async function shown(
    program: 'docker' | 'tsnotary',
    { [program]: home, images }: Sides,
    line: string,
    answers: readonly string[],
  ): Promise<string> {
    const words = line.replaceAll('IMAGES', images[program]).split(' ');
    const terminal = home.terminal(program, ['trust', ...words], { stderr: 'apart' });
    for (const answer of answers) {
      await terminal.waitFor('passphrase for');
      await terminal.waitFor(': ');
      await terminal.answerHidden(answer);
    }
    const { status, shown: text, stderr } = await terminal.end();
    return `${status} ${text}${stderr}`
      .replaceAll(images[program], 'IMAGES')
      .replaceAll(home.folder, '~')
      .replace(/^You are about to [^]*?(?=^Enter )/m, '')
      .replace(/ID [0-9a-f]{7}\b/g, 'ID <id>')
      .replace(/\b[0-9a-f]{64}\b/g, '<id>')
      .replace(/^time=.* code=.*\n/gm, '');
  }

  it('asks at a terminal what docker asks, in its words and order', async () => {
    const sides = people('terminal');
    const key = `openssl ecparam -name prime256v1 -genkey -noout -out ec.key
      openssl pkcs8 -topk8 -v2prf hmacWithSHA1 -in ec.key -passout pass:other-phrase -out locked.key
      chmod 600 *`;
    await sides.both((home) => home.run('sh', ['-c', key]));
    const pair = [passphrase, passphrase];
    for (const [line, answers] of [
      ['key generate bob', ['short', passphrase, 'another-phrase', ...pair]],
      ['key load --name carl ec.key', pair],
      ['key load locked.key', ['wrong', 'other-phrase']],
      [
        'signer add --key bob.pub bob IMAGES/app IMAGES/two',
        [...pair, ...pair, passphrase, 'two-passphrase', 'two-passphrase'],
      ],
      ['signer add --key bob.pub bob IMAGES/app IMAGES/two', ['wrong-one', passphrase, 'two-passphrase']],
      ['signer add --key bob.pub bob IMAGES/app', Array<string>(7).fill('wrong-one')],
    ] as const)
      expect([line, await shown('tsnotary', sides, line, answers)]).toEqual([
        line,
        await shown('docker', sides, line, answers),
      ]);
  });

  const filesOf = async (home: Home) =>
    (await home.run('sh', ['-c', 'cd ~/.docker/trust && find . -type f | grep -v lock'])).stdout;

  it('reads passphrases from a pipe, one a line, and leaves nothing where it ends too soon', async () => {
    const { tsnotary: person, images } = people('pipe');
    const trust = (input: string, ...words: string[]) =>
      person.run('tsnotary', ['trust', ...words], { input });
    const lines = (...some: string[]) => some.map((line) => `${line}\n`).join('');
    expect(await trust('', 'key', 'generate', 'bob')).toMatchObject({ status: 1 });
    expect(await filesOf(person)).toBe('');
    expect(await trust(lines(passphrase, passphrase), 'key', 'generate', 'bob')).toMatchObject({ status: 0 });
    const before = await filesOf(person);
    const add = ['signer', 'add', '--key', 'bob.pub', 'bob', `${images.tsnotary}/app`];
    for (const input of ['', lines(passphrase, passphrase), lines(passphrase, passphrase, passphrase)]) {
      const { status, stdout, stderr } = await trust(input, ...add);
      expect([status, stdout.match(/^Enter passphrase/gm)?.length]).toEqual([1, input === '' ? 1 : 2]);
      expect(stderr).toMatch(/^maximum number of passphrase attempts exceeded\n/);
      expect(await filesOf(person)).toBe(before);
    }
    const four = lines(passphrase, passphrase, 'repo-passphrase', 'repo-passphrase');
    expect((await trust(four, ...add)).stdout).toContain('Successfully added signer: bob to');
    expect((await trust(lines('repo-passphrase'), ...add)).stdout).toContain('Successfully added signer');
  });

  it('fails at once where nothing may be asked', async () => {
    const { tsnotary: person, images } = people('silent');
    const refused = await person.run('tsnotary', ['trust', 'key', 'generate', 'bob', '--no-input']);
    expect(refused).toMatchObject({ status: 1 });
    expect(refused.stderr).toContain('code=INPUT_NEEDED');
    const env = {
      DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE: passphrase,
      DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE: passphrase,
    };
    const image = `${images.tsnotary}/app`;
    stage.engine.addImage(image, '1');
    for (const words of [
      ['key', 'generate', 'bob'],
      ['signer', 'add', '--key', 'bob.pub', 'bob', image],
    ])
      expect(await person.run('tsnotary', ['trust', ...words], { env })).toMatchObject({ status: 0 });
    await person.run('docker', ['trust', 'sign', `${image}:1`], { env });
    const kept = await person.run(
      'tsnotary',
      ['trust', 'signer', 'remove', 'bob', image, '--no-input', '--json'],
      { env },
    );
    expect(kept.status).toBe(1);
    expect(kept.stdout).toContain('"code":"INPUT_NEEDED"');
    const forced = await person.run(
      'tsnotary',
      ['trust', 'signer', 'remove', '-f', 'bob', image, '--no-input'],
      {
        env,
      },
    );
    expect(forced.stdout).toContain(`Successfully removed bob from ${image}\n`);
  });
});
