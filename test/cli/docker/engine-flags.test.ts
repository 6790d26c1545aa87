/** The flags of `docker push` and `docker pull`, given to the commands of `trust` that take their place. */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TrustPerson, type TrustRig, trustRig } from '../../support/trust-rig.ts';

let rig: TrustRig;
let owner: TrustPerson;
beforeAll(async () => {
  rig = await trustRig();
  owner = rig.person();
});
afterAll(() => rig.stop());

const asked = () => rig.engine.requests.map(({ action, platform }) => [action, platform]);

it('quietly, trust push and trust pull print the name of the image alone, as docker does', async () => {
  const image = rig.image('team/quiet', 'latest').replace(':latest', '');
  expect(await owner.trust(['push', '-q', image])).toEqual({
    status: 0,
    stdout: `${image}:latest\n`,
    stderr: '',
  });
  expect(await owner.trust(['pull', '--quiet', image])).toEqual({
    status: 0,
    stdout: `${image}:latest\n`,
    stderr: '',
  });
  expect(await owner.must('inspect', image)).toContain('"SignedTag": "latest"');
});

it('the platform that is named is handed to the engine', async () => {
  const image = rig.image('team/platform', '1');
  const before = asked().length;
  await owner.must('push', '--platform', 'linux/arm64', image);
  await owner.must('pull', '--platform', 'linux/x86_64', image);
  expect(asked().slice(before)).toEqual([
    ['inspect', undefined],
    ['push', '{"architecture":"arm64","os":"linux"}'],
    ['pull', 'linux/amd64'],
    ['tag', undefined],
  ]);
});

it('what is no platform, and flags that nothing can be done for, are refused with what to do instead', async () => {
  const image = rig.image('team/refused', '1');
  const before = asked().length;
  for (const [words, said, advice] of [
    [['push', '-a', image], '--all-tags: one tag at a time is signed', 'Run "trust push" once for each tag'],
    [['pull', '--all-tags', image], '--all-tags: one tag at a time', 'Run "trust pull" once for each tag'],
    [['push', '--disable-content-trust', image], 'nothing would be signed', 'Use "docker push"'],
    [['pull', '--disable-content-trust', image], 'nothing would be looked up', 'Use "docker pull"'],
    [['push', '--platform', 'arm64', image], 'invalid platform "arm64"', 'such as linux/arm64'],
  ] as const) {
    const { status, stdout, stderr } = await owner.trust(words);
    expect([words, status, stdout]).toEqual([words, 1, '']);
    expect(stderr).toContain(said);
    expect(stderr.replaceAll('\\"', '"')).toContain(advice);
  }
  expect(asked()).toHaveLength(before);
  expect((await owner.trust(['push', '--disable-content-trust=false', image])).status).toBe(0);
});
