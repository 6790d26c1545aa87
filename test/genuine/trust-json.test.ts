/** What the commands of `trust` print with `--json`, against the schema. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DockerRegistry, startDockerRegistry } from '../support/genuine/docker-registry.ts';
import type { Home } from '../support/genuine/home.ts';
import { available } from '../support/genuine/programs.ts';
import { genuineStage, type Stage } from '../support/genuine/stage.ts';
import { expectDocument } from '../support/printed-json.ts';

const shared = 'repository-passphrase';
const passphrases = { root: 'root-passphrase', targets: shared, snapshot: shared, delegation: shared };

describe.skipIf(!available('notary-server', 'docker-registry'))('trust for programs', () => {
  let stage: Stage;
  let registry: DockerRegistry;
  let owner: Home;
  beforeAll(async () => {
    [stage, registry] = [await genuineStage({ docker: true }), await startDockerRegistry({})];
    owner = stage.home('owner', { passphrases });
  });
  afterAll(async () => {
    await registry.stop();
    await stage.close();
  });

  const trust = (...words: readonly string[]) => owner.run('tsnotary', ['trust', ...words, '--json']);
  /** The document of a command that succeeds and says nothing else. */
  async function document(definition: string, ...words: readonly string[]): Promise<unknown> {
    const { status, stdout, stderr } = await trust(...words);
    expect([words, status, stderr]).toEqual([words, 0, '']);
    return expectDocument(stdout, definition);
  }
  const lines = (text: string) => text.match(/.*\n/g) ?? [];

  it('trust prints one document that fits the schema for each command on tags', async () => {
    const gun = `${registry.domain}/team/app`;
    const { digest, text, size } = await registry.push('team/app', '1.0', 'docker image');
    stage.engine.addImage(gun, '1.0', text);
    const image = `${gun}:1.0`;
    const named = { image, gun, tag: '1.0', digest };
    const made = await document('trust-key-generate', 'key', 'generate', 'alice');
    expect(made).toMatchObject({ name: 'alice' });
    await document('trust-signer-add', 'signer', 'add', '--key', 'alice.pub', 'alice', gun);
    const roles = ['targets/alice', 'targets/releases'];
    const signed = (await document('trust-sign', 'sign', '--from-registry', image)) as { roles: string[] };
    expect({ ...signed, roles: [...signed.roles].sort() }).toEqual({ ...named, roles });
    expect(await document('trust-sign', 'push', image)).toEqual({ ...named, roles: [] });
    expect(await document('trust-pull', 'pull', image)).toEqual({ ...named, role: 'targets/releases' });
    const { stdout } = await trust('resolve', image);
    expect(expectDocument(stdout, 'trust-resolve')).toEqual({
      ...{ ...named, size, role: 'targets/releases', reference: `${gun}@${digest}` },
    });
    expect(await document('trust-inspect', 'inspect', image)).toMatchObject({
      images: [
        { image, gun, tags: [{ tag: '1.0', digest, signers: ['alice'] }], signers: [{ name: 'alice' }] },
      ],
      failures: [],
    });
    expect(await document('trust-revoke', 'revoke', image)).toMatchObject({ image, gun, tags: ['1.0'] });
  });

  it('trust says of each image what has failed, in the document or in a line of its own', async () => {
    const images = [`${registry.domain}/team/none:1.0`, `${registry.domain}/team/other:1.0`];
    const inspected = await trust('inspect', ...images);
    expect(inspected.status).toBe(1);
    expect(expectDocument(inspected.stdout, 'trust-inspect')).toMatchObject({
      images: [],
      failures: images.map((image) => ({ image, error: { code: 'REPOSITORY_NOT_EXIST' } })),
    });
    const resolved = await trust('resolve', ...images);
    expect(resolved.status).toBe(1);
    expect(lines(resolved.stdout).map((line) => expectDocument(line, 'trust-resolve'))).toMatchObject(
      images.map((image) => ({ image, error: { code: 'REPOSITORY_NOT_EXIST' } })),
    );
    const revoked = await trust('revoke', ...images.slice(1));
    expect([revoked.status, revoked.stdout]).toEqual([1, '']);
    expectDocument(lines(revoked.stderr).at(-1) ?? '', 'error');
  });
});
