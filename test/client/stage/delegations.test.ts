import { describe, expect, it } from 'vitest';
import { type Change, parseChange, parseDelegationContent } from '../../../src/changelist/change.ts';
import { parseDelegationKey } from '../../../src/client/stage/delegation-key-file.ts';
import {
  addDelegation,
  checkStagedRole,
  purgeDelegations,
  removeDelegation,
} from '../../../src/client/stage/delegations.ts';
import { asCanonicalKeyId, type CanonicalKeyId } from '../../../src/crypto/keys/key-id.ts';

import { encodePem } from '../../../src/encoding/pem.ts';
import { NotaryError } from '../../../src/errors.ts';
import { parseGun } from '../../../src/metadata/gun.ts';
import { memoryChangelistStore, memoryClock, memoryLog } from '../../support/memory-ports.ts';
import { plainSigner } from '../../support/metadata-author.ts';
import { refusal } from '../../support/refusal.ts';

/** How a staged change reads: its document shows what it says and nothing else. */
function inShort(change: Change): unknown[] {
  const { action, scope, type, path, content } = change;
  const said = content === undefined ? 'no content' : Object.entries(parseDelegationContent(change));
  return [action, scope, type, path, Array.isArray(said) ? Object.fromEntries(said.filter(saysMore)) : said];
}

const saysMore = ([, value]: readonly [string, unknown]) =>
  Array.isArray(value) ? value.length > 0 : value !== 0 && value !== false;

/** What is staged, and the cautions that were given. */
async function staged(work: (ports: Parameters<typeof addDelegation>[0]) => Promise<void>) {
  const cautions: unknown[] = [];
  const changelist = memoryChangelistStore();
  const caution = (...said: readonly unknown[]) => void cautions.push([said[0], said[2]]);
  await work({ gun: parseGun('g'), changelist, caution });
  const changes = [...changelist.changes.values()].map((bytes) => inShort(parseChange(bytes)));
  return { changes, count: changes.length, cautions };
}

const removal = { role: 'targets/a', keyIds: [], paths: [], allPaths: false, whole: false };
const id = asCanonicalKeyId('ab'.repeat(32));

describe('a delegation that is added', () => {
  const keys = [plainSigner().entry];

  it('a delegation that is added is one change for its keys and one for its paths, where there are any', async () => {
    const add = async (given: { readonly keys: typeof keys; readonly paths: readonly string[] }) =>
      (await staged((ports) => addDelegation(ports, { role: 'targets/a', ...given }))).count;
    expect(await add({ keys, paths: [''] })).toBe(2);
    expect(await add({ keys, paths: [] })).toBe(1);
    expect(await add({ keys: [], paths: ['x'] })).toBe(1);
  });

  it('is staged with its keys and their threshold first, its paths second', async () => {
    const { changes } = await staged((ports) =>
      addDelegation(ports, { role: 'targets/a', keys, paths: ['x', 'y'] }),
    );
    expect(changes).toEqual([
      ['create', 'targets/a', 'delegation', '', { threshold: 1, addKeys: keys }],
      ['create', 'targets/a', 'delegation', '', { addPaths: ['x', 'y'] }],
    ]);
  });

  it.each(['targets', 'targets/', 'targets/A', 'releases'])(
    'has to have the name of a delegation, or nothing is staged: %s',
    async (role) => {
      const { count } = await staged(async (ports) => {
        await expect(addDelegation(ports, { role, keys, paths: [''] })).rejects.toThrow(
          refusal('INVALID_ROLE', /^failed to create delegation/, { role }),
        );
      });
      expect(count).toBe(0);
    },
  );

  it.each([
    ['targets/releases', []],
    ['targets/release', [['ROLE_NAME_UNREAD', { role: 'targets/release' }]]],
    ['targets/relases', [['ROLE_NAME_UNREAD', { role: 'targets/relases' }]]],
    ['targets/releas', [['ROLE_NAME_UNREAD', { role: 'targets/releas' }]]],
    ['targets/relea', []],
    ['targets/bob', []],
  ] as const)(
    'a delegation that is added as %s draws a caution only when docker would miss it by a letter or two',
    async (role, expected) => {
      const { cautions } = await staged((ports) => addDelegation(ports, { role, keys, paths: [''] }));
      expect(cautions).toEqual(expected);
    },
  );

  it('a delegation that is added must have the name of a delegation', () => {
    expect(() => checkStagedRole('root', 'message')).toThrow(
      refusal('INVALID_ROLE', 'message', { role: 'root' }),
    );
  });
});

describe('a delegation that is removed', () => {
  it('a delegation that is removed is one change for each of what is named', async () => {
    const count = async (
      part: Partial<typeof removal> | { keyIds: CanonicalKeyId[] } | { paths: string[] },
    ) => (await staged((ports) => removeDelegation(ports, { ...removal, ...part }))).count;
    expect(await count({ whole: true })).toBe(1);
    expect(await count({ whole: true, keyIds: [id] })).toBe(1);
    expect(await count({ allPaths: true })).toBe(1);
    expect(await count({ keyIds: [id] })).toBe(1);
    expect(await count({ keyIds: [id], paths: ['x'] })).toBe(2);
  });

  it.each([
    [{ whole: true, keyIds: [id], paths: ['x'] }, [['delete', 'targets/a', 'delegation', '', 'no content']]],
    [{ allPaths: true, paths: ['x'] }, [['update', 'targets/a', 'delegation', '', { clearPaths: true }]]],
    [{ paths: ['x', 'y'] }, [['update', 'targets/a', 'delegation', '', { removePaths: ['x', 'y'] }]]],
    [
      { paths: ['x'], keyIds: [id] },
      [
        ['update', 'targets/a', 'delegation', '', { removePaths: ['x'] }],
        ['update', 'targets/a', 'delegation', '', { removeKeys: [id] }],
      ],
    ],
    [
      { allPaths: true, keyIds: [id] },
      [
        ['update', 'targets/a', 'delegation', '', { clearPaths: true }],
        ['update', 'targets/a', 'delegation', '', { removeKeys: [id] }],
      ],
    ],
  ] as const)('by %j is staged as just that', async (part, expected) => {
    const { changes, cautions } = await staged((ports) => removeDelegation(ports, { ...removal, ...part }));
    expect(changes).toEqual(expected);
    expect(cautions).toEqual([]);
  });

  it('has to have the name of a delegation, or nothing is staged', async () => {
    const { count } = await staged(async (ports) => {
      await expect(removeDelegation(ports, { ...removal, role: 'targets', whole: true })).rejects.toThrow(
        refusal('INVALID_ROLE', 'invalid delegation name targets', { role: 'targets' }),
      );
    });
    expect(count).toBe(0);
  });

  it('by nothing stages nothing, and the caller is told so', async () => {
    const { changes, cautions } = await staged((ports) => removeDelegation(ports, removal));
    expect(changes).toEqual([]);
    expect(cautions).toEqual([['NOTHING_STAGED', undefined]]);
  });

  it('of keys everywhere is one change of targets/*, cautioned of when an ID is not a full one', async () => {
    const { changes, cautions } = await staged((ports) =>
      purgeDelegations(ports, [id, asCanonicalKeyId('ab')]),
    );
    expect(changes).toEqual([['update', 'targets/*', 'delegation', '', { removeKeys: [id, 'ab'] }]]);
    expect(cautions).toEqual([['KEY_ID_NOT_FULL', { key: 'ab' }]]);
  });

  it.each([id.slice(1), `${id}0`, `x${id}`, id.toUpperCase(), ''])(
    'a delegation that is removed by the key %j draws a caution',
    async (key) => {
      const { cautions } = await staged((ports) =>
        removeDelegation(ports, { ...removal, keyIds: [id, asCanonicalKeyId(key)] }),
      );
      expect(cautions).toEqual([['KEY_ID_NOT_FULL', { key }]]);
    },
  );
});

describe('a key file for a delegation', () => {
  const parse = (pem: Uint8Array) => () =>
    parseDelegationKey('file.pem', pem, { clock: memoryClock(), log: memoryLog(), caution: () => undefined });
  const block = (type: string) => encodePem({ type, headers: new Map(), bytes: Buffer.from('junk') });

  it.each([
    [new Uint8Array(), 'INVALID_KEY', 'no valid public key found'],
    [block('PRIVATE KEY'), 'INVALID_KEY', 'unsupported PEM block type "PRIVATE KEY"'],
    [block('CERTIFICATE'), 'INVALID_CERTIFICATE', 'could not parse provided certificate'],
    [block('PUBLIC KEY'), 'INVALID_CERTIFICATE', 'unknown public key format'],
  ] as const)(
    'a key file for a delegation that cannot be read is named, with the reason as its cause: %#',
    (pem, code, reason) => {
      expect(parse(pem)).toThrow(
        expect.objectContaining({
          code,
          message: expect.stringContaining(reason) as string,
          details: expect.objectContaining({ file: 'file.pem' }) as object,
          cause: expect.any(NotaryError) as object,
        }),
      );
    },
  );
});
