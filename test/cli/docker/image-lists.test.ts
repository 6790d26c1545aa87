/** Lists of images for the commands of `trust`: `--repos`. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { scriptedPrompter } from '../../support/memory-ports.ts';
import { expectDocument } from '../../support/printed-json.ts';
import { type TrustPerson, type TrustRig, trustRig } from '../../support/trust-rig.ts';

let rig: TrustRig;
let owner: TrustPerson;
beforeAll(async () => {
  rig = await trustRig();
  owner = rig.person();
});
afterAll(() => rig.stop());

const sign = ['sign', '--from-registry', '--signer', 'alice'] as const;
function list(name: string, ...lines: readonly string[]): string {
  writeFileSync(join(owner.folder, name), `# images\n\n${lines.join('\n')}\n`);
  return name;
}
const requests = () => rig.server.requests.length;
const lines = (text: string) => text.match(/.*\n/g) ?? [];
const tagsOf = async (name: string): Promise<readonly string[]> =>
  (await owner.must('inspect', name)).match(/(?<="SignedTag": ")[^"]*/g) ?? [];

it('every image of a list is signed, and one that fails is named and does not stop the others', async () => {
  const [one, two] = [rig.image('team/one', '1'), rig.image('team/two', '2')];
  const gone = `${rig.domain}/team/gone:3`;
  const { status, stdout, stderr } = await owner.trust([...sign, '--repos', list('images', one, gone, two)]);
  expect([status, stdout.match(/^Successfully signed .*/gm)]).toEqual([
    1,
    [`Successfully signed ${one}`, `Successfully signed ${two}`],
  ]);
  expect(stderr).toMatch(/code=IMAGE_NOT_THERE\n/);
  expect(lines(stderr).at(-1)).toBe(`failed to sign: ${gone}\n`);
  expect(await tagsOf(`${rig.domain}/team/two`)).toEqual(['2']);
});

it('for programs each image of a list has a line of its own, in the order of the list', async () => {
  const image = rig.image('team/lines', '1');
  const gone = `${rig.domain}/team/gone:3`;
  const file = list('lines', gone, image);
  for (const [definition, words] of [
    ['trust-sign', sign],
    ['trust-revoke', ['revoke']],
  ] as const) {
    const { status, stdout, stderr } = await owner.trust([...words, '--json', '--repos', file]);
    expect([status, stderr]).toEqual([1, '']);
    expect(lines(stdout).map((line) => expectDocument(line, definition))).toMatchObject([
      { image: gone, error: {} },
      { image, gun: image.replace(/:1$/, '') },
    ]);
  }
});

it('a list is read as a whole before anything is done, and stands in place of the argument', async () => {
  const image = rig.image('team/whole', '1');
  const before = requests();
  for (const [words, said] of [
    [[...sign, '--repos', list('bad', image, 'Bad/Name')], 'Bad/Name'],
    [
      [...sign, '--repos', list('untagged', image, `${rig.domain}/x`)],
      `no tag specified for ${rig.domain}/x`,
    ],
    [['revoke', '--repos', list('digest', image, `x@sha256:${'0'.repeat(64)}`)], 'x@sha256:0'],
    [['sign', '--repos', list('empty')], 'there is no image in empty'],
    [['sign', image, '--repos', 'images'], "'tsnotary trust sign' requires 1 argument"],
    [['revoke', image, '--repos', 'images'], "'tsnotary trust revoke' requires 1 argument"],
  ] as const) {
    const { status, stderr } = await owner.trust(words);
    expect([words, status, stderr]).toEqual([words, 1, expect.stringContaining(said)]);
  }
  expect(requests()).toBe(before);
});

it('tags and images of a list are revoked, and each image without a tag is asked about', async () => {
  const [one, two] = [rig.image('team/first', '1'), rig.image('team/second', '2')];
  await owner.must(...sign, '--repos', list('both', one, two));
  const names = [one, two].map((image) => image.replace(/:.$/, ''));
  const prompter = scriptedPrompter(['n', 'y']);
  const { status, stdout } = await owner.trust(['revoke', '--repos', list('names', ...names)], { prompter });
  expect([status, stdout]).toEqual([0, `Successfully deleted signature for ${names[1] ?? ''}\n`]);
  expect(prompter.asked).toHaveLength(2);
  expect(await Promise.all(names.map(tagsOf))).toEqual([['1'], []]);
});

it('the images of a list, from standard input too, are inspected after those of the command line', async () => {
  const image = rig.image('team/seen', '1');
  await owner.must(...sign, image);
  const { status, stdout } = await owner.trust(['inspect', image, '--repos', '-'], { stdin: `${image}\n` });
  expect([status, JSON.parse(stdout)]).toMatchObject([0, [{ Name: image }, { Name: image }]]);
  expect((await owner.trust(['inspect', '--repos', '-'], { stdin: `${image}\n` })).status).toBe(0);
});
