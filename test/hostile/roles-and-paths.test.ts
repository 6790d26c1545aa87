/** Roles and paths that are not what they seem, and what a changelist holds instead of a change: what commands say of them. */

import { beforeEach, describe, expect, it } from 'vitest';
import { publish } from '../../src/client/publish/publish.ts';
import { listTargets } from '../../src/client/read/list-targets.ts';
import type { PublicKey } from '../../src/crypto/keys/public-key.ts';
import type { ErrorCode } from '../../src/error-codes.ts';
import { type ErrorDetails, NotaryError } from '../../src/errors.ts';
import type { Actor } from '../support/actor.ts';
import * as team from '../support/collaborators.ts';
import { freshServer } from '../support/fresh-server.ts';
import type { MemoryServer } from '../support/memory-server.ts';

const refuse = (
  code: ErrorCode,
  warning: string,
  details: ErrorDetails = {},
  refusal: string = warning,
): void => {
  throw new NotaryError(code, refusal, { details });
};

let server: MemoryServer;
let owner: Actor;
let key: PublicKey;

beforeEach(async () => {
  ({ server, owner } = freshServer());
  key = await team.delegationKey(owner);
  await team.delegate(owner, 'targets/qa', [key], ['qa/', 'test/']);
  await team.delegate(owner, 'targets/releases', [key]);
  for (const name of ['qa/1', 'qa/2', 'test/1']) await team.stageTarget(owner, name, 'targets/qa');
  await team.publishTarget(owner, 'v1');
});

const warnings = (from: number) =>
  owner.log.records.slice(from).flatMap(({ code, message }) => (code === undefined ? [] : [[code, message]]));

/** Publishing what is staged: refused when strict, before anything is sent; else done, with these warnings. */
async function expectSaid(...said: readonly (readonly [ErrorCode, RegExp])[]): Promise<void> {
  server.forget();
  await expect(publish({ ...owner, caution: refuse })).rejects.toMatchObject({
    code: said[0]?.[0],
  });
  expect(server.requests.filter(({ method }) => method === 'POST')).toEqual([]);
  expect(owner.changelist.changes.size).toBeGreaterThan(0);
  const from = owner.log.records.length;
  await publish(owner);
  const warned = warnings(from).filter(([code]) => code !== 'PUBLISH_TRIES' && code !== 'SNAPSHOT_KEY_HERE');
  expect(warned).toEqual(said.map(([code, message]) => [code, expect.stringMatching(message) as string]));
}

async function expectNothingSaid(): Promise<void> {
  await publish({ ...owner, caution: refuse });
}

describe('G35 a staged change that has become a directory', () => {
  it('a staged change that has become a directory is named by publish, and refused when strict', async () => {
    const strays = async () => ['/home/1.change'];
    const with1 = { ...owner, changelist: { ...owner.changelist, strays } };
    await expect(publish({ ...with1, caution: refuse })).rejects.toMatchObject({
      code: 'CHANGE_UNREADABLE',
      message: expect.stringContaining('nothing was published') as string,
    });
    const from = owner.log.records.length;
    await publish(with1);
    expect(warnings(from)[0]).toEqual(['CHANGE_UNREADABLE', expect.stringContaining('/home/1.change')]);
  });
});

describe('G35 a list of a role that is not there', () => {
  const list = (who: Actor, ...roles: readonly string[]) => listTargets(who, { roles });

  it('a list of a role that is not there says so, and which one may be meant', async () => {
    await expect(list({ ...owner, caution: refuse }, 'targets/relases')).rejects.toMatchObject({
      code: 'ROLE_NOT_THERE',
      message: `no trusted role of ${owner.gun} lists "targets/relases"; did you mean "targets/releases"?`,
    });
    const from = owner.log.records.length;
    expect(await list(owner, 'targets/relases', 'targets/releases')).toEqual([]);
    expect(warnings(from)).toEqual([
      ['ROLE_NOT_THERE', expect.stringContaining('nothing of it can be shown')],
    ]);
  });

  it('a list of a role without a file, or of every role, says nothing', async () => {
    const strict = { ...owner, caution: refuse };
    expect(await list(strict, 'targets/releases')).toEqual([]);
    expect(await list(strict, 'targets', 'targets/qa')).toHaveLength(4);
    expect(await list(strict)).toHaveLength(4);
  });
});

describe('G35 paths that confine no key', () => {
  it('paths that confine no key are named when the role may sign everything', async () => {
    const other = await team.delegationKey(owner);
    await team.delegate(owner, 'targets/releases', [other], ['v1/']);
    await expectSaid([
      'PATHS_SHARED',
      /^targets\/releases may sign every target already.*"v1\/" confines no key/,
    ]);
  });

  it('paths that the role has already by a wider one are only said, also when strict', async () => {
    await team.delegate(owner, 'targets/qa', [], ['qa/deep/']);
    const from = owner.log.records.length;
    await publish({ ...owner, caution: refuse });
    expect(warnings(from)).toContainEqual([
      'PATHS_SHARED',
      expect.stringMatching(/^targets\/qa may sign "qa\/deep\/" already, by "qa\/":/),
    ]);
  });

  it('paths that confine no key are named when a key comes with fewer than the role has', async () => {
    const other = await team.delegationKey(owner);
    await team.delegate(owner, 'targets/qa', [other], ['qa/', 'new/']);
    await expectSaid(['PATHS_SHARED', /targets below "test\/" already/]);
  });

  it('paths that widen a role, or come with a new one, draw no word', async () => {
    await team.delegate(owner, 'targets/qa', [], ['new/']);
    await team.delegate(owner, 'targets/new', [key], ['new/']);
    await team.delegate(owner, 'targets/qa', [await team.delegationKey(owner)], ['']);
    await expectNothingSaid();
  });

  it('paths with a star are staged as they are, with the prefix that may be meant', async () => {
    const from = owner.log.records.length;
    await team.delegate(owner, 'targets/new', [key], ['v1/*', 'v2/']);
    expect(warnings(from)).toEqual([
      ['PATH_NOT_PATTERN', expect.stringMatching(/"v1\/\*" covers only.*what may be meant: --paths v1\/$/)],
    ]);
    await expect(team.delegate({ ...owner, caution: refuse }, 'targets/new', [key], ['*'])).rejects.toThrow(
      /--all-paths; nothing is staged$/,
    );
  });
});

describe('G35 a role that is one letter away from another', () => {
  it('a role that is one letter away from another is said to be new when it is made', async () => {
    await team.delegate(owner, 'targets/release', [key]);
    await publish(owner);
    expect(warnings(0)).toContainEqual([
      'ROLE_NEW',
      'targets/release is a new delegation; did you mean "targets/releases"?',
    ]);
  });

  it('a role that is not there is refused with the one that may be meant', async () => {
    await team.stageTarget(owner, 'v2', 'targets/relases');
    await expect(publish(owner)).rejects.toMatchObject({
      code: 'NO_SUCH_ROLE',
      hint: expect.stringContaining('Did you mean targets/releases?') as string,
    });
  });
});
