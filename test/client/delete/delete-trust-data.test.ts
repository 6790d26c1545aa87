/** What a deletion says that it loses, or does not find, before it deletes anything. */

import { beforeEach, describe, expect, it } from 'vitest';
import { deleteTrustData } from '../../../src/client/delete/delete-trust-data.ts';
import type { ErrorCode } from '../../../src/error-codes.ts';
import { NotaryError } from '../../../src/errors.ts';
import { type Actor, actor } from '../../support/actor.ts';
import { stageTarget } from '../../support/collaborators.ts';
import { memoryClock } from '../../support/memory-ports.ts';
import { fileServer } from '../../support/served-metadata.ts';

type Said = readonly [code: ErrorCode, warning: string, details: unknown, refusal: string | undefined];

let files: Map<string, Uint8Array>;
let server: ReturnType<typeof fileServer>;
let owner: Actor;
let said: Said[];

beforeEach(() => {
  files = new Map();
  server = fileServer(files);
  owner = actor(server, memoryClock());
  said = [];
});

/** Deletes, and notes what is done with the server. */
async function remove(remote: boolean): Promise<readonly string[]> {
  const done: string[] = [];
  const caution = (code: ErrorCode, warning: string, details?: unknown, refusal?: string) => {
    said.push([code, warning, details, refusal]);
  };
  const deleteAll = async () => void done.push('deleted on the server');
  const local = {
    remove: async () => void done.push('deleted here'),
    removeFolders: async () => void done.push('folders removed'),
  };
  await deleteTrustData({ ...owner, caution, local, remote: { ...owner.remote, deleteAll } }, { remote });
  return done;
}

describe('a deletion', () => {
  it('a deletion of what is here says nothing, and leaves the server alone unless asked to', async () => {
    owner.cache.files.set('root', Buffer.from('{}'));
    expect(await remove(false)).toEqual(['deleted here', 'folders removed']);
    expect(server.asked).toEqual([]);
    files.set('root', Buffer.from('{}'));
    expect(await remove(true)).toEqual(['deleted on the server', 'deleted here', 'folders removed']);
    expect(said).toEqual([]);
  });

  it.each([
    [1, '1 staged change of docker.io/alice/demo'],
    [2, '2 staged changes of docker.io/alice/demo'],
  ])('a deletion of %i staged changes says that they will never be published', async (count, changes) => {
    for (let number = 0; number < count; number++) await stageTarget(owner, `v${number}`);
    await remove(false);
    expect(said).toEqual([
      [
        'CHANGES_DISCARDED',
        `${changes} will never be published`,
        { gun: owner.gun, count },
        expect.stringMatching(
          `^nothing was deleted, since ${changes} will never be published after that`,
        ) as string,
      ],
    ]);
  });

  it('a deletion of what is nowhere here says so', async () => {
    expect(await remove(false)).toEqual(['deleted here', 'folders removed']);
    const absent = `nothing of ${owner.gun} is on this machine`;
    expect(said).toEqual([
      ['COLLECTION_NOT_THERE', absent, { gun: owner.gun }, `${absent}, so nothing was deleted`],
    ]);
  });

  it('a deletion of what the server does not have says so, and whether it is here', async () => {
    const details = { gun: owner.gun, server: owner.remote.location };
    const absent = `${owner.remote.location} does not have ${owner.gun}`;
    await remove(true);
    owner.cache.files.set('snapshot', Buffer.from('{}'));
    await remove(true);
    expect(said).toEqual([
      [
        ...['COLLECTION_NOT_THERE', `${absent}; nothing of it is on this machine either`],
        ...[details, `${absent}, and nothing of it is on this machine; nothing was deleted`],
      ],
      [
        ...['COLLECTION_NOT_THERE', `${absent}; only what is on this machine is deleted`],
        ...[
          details,
          expect.stringMatching(
            `^${absent}; nothing was deleted. To delete what is on this machine: `,
          ) as string,
        ],
      ],
    ]);
  });

  it('a deletion counts a file that cannot be read as one that is here, and a defect stays one', async () => {
    const unread = (error: Error) => ({ ...owner.cache, get: () => Promise.reject(error) });
    owner = { ...owner, cache: unread(new NotaryError('FILE_UNREADABLE', 'open')) };
    await remove(false);
    expect(said).toEqual([]);
    const defect = new TypeError('a defect');
    owner = { ...owner, cache: unread(defect) };
    await expect(remove(false)).rejects.toBe(defect);
  });

  it('a deletion leaves everything where the server cannot be reached, and goes on where it says something else', async () => {
    owner.cache.files.set('root', Buffer.from('{}'));
    server.offline = true;
    await expect(remove(true)).rejects.toMatchObject({ code: 'NETWORK' });
    server.offline = false;
    server.statuses.set('root', 503);
    expect(await remove(true)).toContain('deleted on the server');
    expect(said).toEqual([]);
    const defect = new TypeError('a defect');
    owner = { ...owner, remote: { ...owner.remote, get: () => Promise.reject(defect) } };
    await expect(remove(true)).rejects.toBe(defect);
  });
});
