/** Revocations with tsnotary of signers that the genuine docker CLI has made, judged by its pulls. */

import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Home, Passphrases } from '../support/genuine/home.ts';
import { onEachServer } from '../support/genuine/on-each-server.ts';
import { expectWhole } from '../support/genuine/served-files.ts';
import type { Stage } from '../support/genuine/stage.ts';

/** Docker asks for one passphrase for every key of a repository, delegation keys among them. */
const shared: Passphrases = {
  ...{ root: 'root-passphrase', targets: 'repository-passphrase' },
  ...{ snapshot: 'repository-passphrase', delegation: 'repository-passphrase' },
};

onEachServer('delegation revoke and the genuine docker CLI', ['docker', 'notary'], (open) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await open({ docker: true });
  });
  afterAll(() => stage.close());

  interface Repository {
    readonly image: string;
    readonly owner: Home;
    readonly warm: Home;
    /** By tag. */
    readonly digests: Readonly<Record<string, string>>;
  }

  /**
   * The owner has signed `0`; alice and bob are signers as `docker trust signer add` makes them, and have signed `1` and
   * `2`, in this order.
   */
  async function repository(name: string, signers: readonly string[]): Promise<Repository> {
    const image = `${stage.address}/team/${name}`;
    const owner = stage.home(`owner of ${name}`, { passphrases: shared });
    const digests: Record<string, string> = {};
    const addImage = (tag: string) => {
      digests[tag] = stage.engine.addImage(image, tag, `${name} ${tag}`).digest;
    };
    addImage('0');
    await owner.docker('push', `${image}:0`);
    for (const [index, signer] of signers.entries()) {
      const home = stage.home(`${signer} of ${name}`, { passphrases: shared });
      await home.docker('trust', 'key', 'generate', signer);
      copyFileSync(join(home.work, `${signer}.pub`), join(owner.work, `${signer}.pub`));
      await owner.docker('trust', 'signer', 'add', '--key', `${signer}.pub`, signer, image);
      addImage(String(index + 1));
      await home.docker('trust', 'sign', `${image}:${index + 1}`);
    }
    const warm = stage.home(`reader of ${name}`, { passphrases: shared });
    for (const tag of Object.keys(digests)) await warm.docker('pull', `${image}:${tag}`);
    return { image, owner, warm, digests };
  }

  let count = 0;

  /** Pulls each tag with an empty and with a warm trust directory; docker must refuse all others. */
  async function expectPulls({ image, warm, digests }: Repository, tags: readonly string[]): Promise<void> {
    const fresh = stage.home(`puller ${count++}`, { passphrases: shared });
    for (const reader of [fresh, warm]) {
      for (const [tag, digest] of Object.entries(digests)) {
        const { status, stderr } = await reader.run('docker', ['pull', `${image}:${tag}`]);
        expect([tag, status === 0], stderr).toEqual([tag, tags.includes(tag)]);
        if (status !== 0) continue;
        const { reference } = stage.engine.requests.filter(({ action }) => action === 'pull').at(-1) ?? {};
        expect(reference, tag).toBe(digest);
      }
    }
    await expectWhole(stage, image);
  }

  /** What docker says of a repository: signers, and the signers of each tag. */
  async function inspected({ owner, image }: Repository) {
    const { stdout } = await owner.docker('trust', 'inspect', image);
    const [entry] = JSON.parse(stdout) as [
      {
        readonly SignedTags: readonly { readonly SignedTag: string; readonly Signers: readonly string[] }[];
        readonly Signers: readonly { readonly Name: string }[];
      },
    ];
    return {
      signers: entry.Signers.map(({ Name }) => Name).sort(),
      tags: Object.fromEntries(entry.SignedTags.map(({ SignedTag, Signers }) => [SignedTag, Signers])),
    };
  }

  it('the genuine docker CLI pulls every tag as before when the signer who signed last is revoked and all tags are kept in targets', async () => {
    const demo = await repository('kept', ['alice', 'bob']);
    const { owner, image } = demo;
    const refused = await owner.run('tsnotary', ['delegation', 'revoke', image, 'bob', '-y']);
    expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('code=TAGS_WOULD_VANISH')]);
    await expectPulls(demo, ['0', '1', '2']);
    await owner.tsnotary('delegation', 'revoke', image, 'bob', '-y', '--keep-tags-in', 'targets');
    await expectPulls(demo, ['0', '1', '2']);
    expect(await inspected(demo)).toMatchObject({ signers: ['alice'] });
  });

  it('the genuine docker CLI pulls what others have signed when a signer is revoked who did not sign last', async () => {
    const demo = await repository('stays', ['alice', 'bob']);
    const { owner, image } = demo;
    await owner.tsnotary('delegation', 'revoke', image, 'alice', '-y', '--drop-tags');
    await expectPulls(demo, ['0', '1', '2']);
    expect(await inspected(demo)).toMatchObject({ signers: ['bob'], tags: { '2': ['bob'] } });
  });

  it('the genuine docker CLI refuses dropped tags, and the owner can push, when the only signer is revoked', async () => {
    const demo = await repository('dropped', ['bob']);
    const { owner, image } = demo;
    await owner.tsnotary('delegation', 'revoke', image, 'bob', '-y', '--drop-tags');
    await expectPulls(demo, ['0']);
    const digest = stage.engine.addImage(image, '9', 'pushed after it').digest;
    await owner.docker('push', `${image}:9`);
    await expectPulls({ ...demo, digests: { ...demo.digests, '9': digest } }, ['0', '9']);
    expect(await inspected(demo)).toMatchObject({ signers: [] });
  });
});
