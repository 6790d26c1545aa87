/** The commands of `trust` with `--strict`: what would succeed without effect fails, and changes nothing. */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { scriptedPrompter } from '../../support/memory-ports.ts';
import { type TrustPerson, type TrustRig, trustRig } from '../../support/trust-rig.ts';

let rig: TrustRig;
let owner: TrustPerson;
let image: string;
let name: string;
beforeAll(async () => {
  rig = await trustRig();
  owner = rig.person();
  image = rig.image('team/app', '1');
  name = `${rig.domain}/team/app`;
  await owner.must('key', 'generate', 'alice');
  await owner.must('signer', 'add', '--key', 'alice.pub', 'alice', name);
  await owner.must('sign', image);
});
afterAll(() => rig.stop());

const posts = () => rig.server.requests.filter(({ method }) => method === 'POST').length;
const declining = (interactive = true) => ({ prompter: scriptedPrompter(['n'], interactive) });

/** Runs it with and without `--strict`: both say it with the code, and the first alone is no failure. */
async function refusedWhenStrict(code: string, words: readonly string[], setting = {}): Promise<void> {
  const before = posts();
  const strict = await owner.trust([...words, '--strict'], setting);
  expect([words, strict.status, posts() - before]).toEqual([words, 1, 0]);
  const plain = await owner.trust(words, setting);
  expect([words, plain.status, plain.stderr]).toEqual([words, 0, expect.stringContaining(`code=${code}`)]);
  expect(strict.stderr).not.toContain('level=warning');
}

it('a question of trust that is not answered with y is a failure with --strict, and a warning without', async () => {
  for (const interactive of [true, false]) {
    await refusedWhenStrict('ABORTED', ['revoke', name], declining(interactive));
    await refusedWhenStrict('ABORTED', ['signer', 'remove', 'alice', name], declining(interactive));
  }
  expect(await owner.must('inspect', image)).toContain('"SignedTag": "1"');
});

it('a tag that is not signed is a failure of inspect with --strict and for programs', async () => {
  await refusedWhenStrict('TARGET_NOT_THERE', ['inspect', `${name}:nope`]);
  await refusedWhenStrict('TARGET_NOT_THERE', ['inspect', '--pretty', `${name}:nope`]);
  const both = await owner.trust(['inspect', '--strict', `${name}:nope`, image]);
  expect([both.status, both.stdout]).toEqual([1, expect.stringContaining(`"Name": "${image}"`)]);
  expect(both.stderr).toContain(`no signature for nope of ${name} is released`);
  const { status, stdout } = await owner.trust(['inspect', '--json', `${name}:nope`]);
  expect([status, JSON.parse(stdout)]).toMatchObject([
    1,
    { failures: [{ error: { code: 'TARGET_NOT_THERE' } }] },
  ]);
});

it('adding a signer who is there already is a failure with --strict, and another key of the signer is none', async () => {
  const again = ['signer', 'add', '--key', 'alice.pub', 'alice', name];
  const before = posts();
  const { status, stderr } = await owner.trust([...again, '--strict']);
  expect([status, stderr, posts() - before]).toEqual([
    1,
    expect.stringContaining(`alice is a signer of ${name} with this key already; nothing was sent`),
    0,
  ]);
  expect((await owner.trust(again)).stderr).toContain('code=NOTHING_STAGED');
  const other = rig.person();
  await other.must('key', 'generate', 'alice');
  const more = ['signer', 'add', '--strict', '--key', `${other.folder}/alice.pub`, 'alice', name];
  expect(await owner.trust(more)).toMatchObject({ status: 0, stderr: '' });
});
