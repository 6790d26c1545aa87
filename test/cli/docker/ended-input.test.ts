/** Commands of `trust` that ask for a passphrase when standard input has ended. */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { scriptedPrompter } from '../../support/memory-ports.ts';
import { type TrustRig, trustRig } from '../../support/trust-rig.ts';

let rig: TrustRig;
beforeAll(async () => {
  rig = await trustRig();
});
afterAll(() => rig.stop());

const none = { DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE: '', DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE: '' };

it('a key that cannot be opened since standard input has ended is asked for once', async () => {
  const owner = rig.person();
  const [one, two] = [rig.image('team/app', '1'), rig.image('team/app', '2')];
  await owner.must('sign', '--signer', 'alice', one);
  for (const words of [
    ['sign', two],
    ['revoke', one],
    ['signer', 'remove', '-f', 'alice', `${rig.domain}/team/app`],
  ]) {
    const prompter = scriptedPrompter([], false);
    const { status, stderr } = await owner.trust(words, { prompter, env: none });
    expect([words, status, prompter.asked.length]).toEqual([words, 1, 1]);
    expect(stderr).toContain('Standard input has ended. Set DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE');
  }
  expect(await owner.must('inspect', one)).toContain('"SignedTag": "1"');
});
