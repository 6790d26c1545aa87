import { describe, expect, it } from 'vitest';
import { addTarget, canonicalCustom, targetRoles } from '../../../src/client/stage/add-target.ts';
import { fileMetaOf } from '../../../src/tuf/checksums.ts';
import { actor } from '../../support/actor.ts';
import { memoryClock } from '../../support/memory-ports.ts';
import { memoryServer } from '../../support/memory-server.ts';
import { refusal } from '../../support/refusal.ts';

const meta = fileMetaOf(Buffer.from('v1'));

/** Somebody with keys of these roles, and the cautions that were given. */
async function holderOf(...keys: readonly (readonly [role: string, gun?: string])[]) {
  const cautions: unknown[] = [];
  const someone = actor(memoryServer(), memoryClock());
  for (const [role, gun = ''] of keys) await someone.cryptoService.create(role, gun);
  const caution = (...said: readonly unknown[]) => void cautions.push([said[0], said[2]]);
  return { ...someone, caution, cautions };
}

describe('adding a target without naming a role', () => {
  const gun = 'docker.io/alice/demo';
  const forgotten = [['TARGETS_KEY_NOT_HERE', { gun }]];

  it.each([
    ['delegation keys only', [['user']], forgotten],
    ['a delegation key and a snapshot key', [['user'], ['snapshot', gun]], forgotten],
    ['a delegation key and a targets key of another GUN', [['user'], ['targets', `${gun}/x`]], forgotten],
    ['a delegation key and a targets key of this GUN', [['user'], ['targets', gun]], []],
    ['a delegation key and a root key', [['user'], ['root']], []],
    ['no keys', [], []],
    ['a targets key of another GUN only', [['targets', `${gun}/x`]], []],
  ] as const)(
    'adding a target without a role cautions a holder of %s as it should',
    async (_, keys, expected) => {
      const holder = await holderOf(...keys);
      await addTarget(holder, { name: 'v1', meta, roles: [] });
      expect(holder.cautions).toEqual(expected);
      expect(holder.changelist.changes.size).toBe(1);
    },
  );

  it('adding a target with a role cautions no one', async () => {
    const holder = await holderOf(['user']);
    await addTarget(holder, { name: 'v1', meta, roles: ['targets/releases'] });
    expect(holder.cautions).toEqual([]);
  });
});

describe('the roles of a target change', () => {
  it('the roles of a target change are targets, unless others are named', () => {
    expect(targetRoles([])).toEqual(['targets']);
    expect(targetRoles(['targets/a', 'targets'])).toEqual(['targets/a', 'targets']);
  });

  it.each([
    ['releases', 'targets/releases'],
    ['target', 'targets'],
    ['target/releases', 'targets/releases'],
  ])('the role name %s is refused with the role that may be meant: %s', (role, meant) => {
    expect(() => targetRoles([role])).toThrow(
      expect.objectContaining({
        hint: expect.stringMatching(new RegExp(` Did you mean ${meant}\\?$`)) as string,
      }),
    );
  });

  it.each(['root', 'targets/A', '', 'snapshot'])(
    'the role names %j are no roles of a target change',
    (role) => {
      expect(() => targetRoles(['targets', role])).toThrow(
        refusal('NO_SUCH_ROLE', `tuf: invalid role ${role}. cannot add targets to this role`, { role }),
      );
    },
  );
});

describe('the name of a target', () => {
  it.each(['\0', 'a\nb', 'a\u001f', '\ud800'])('the name of a target is not %j', async (name) => {
    const holder = await holderOf();
    await expect(addTarget(holder, { name, meta, roles: [] })).rejects.toThrow(
      refusal('INVALID_CHANGE', /./, { target: name }),
    );
    expect(holder.changelist.changes.size).toBe(0);
  });
});

describe('custom data', () => {
  it('custom data is what every client signs alike', () => {
    expect(canonicalCustom(Buffer.from('{"a":[1,"x"]}'))).toEqual(new Map([['a', [1, 'x']]]));
    expect(canonicalCustom(Buffer.from('null'))).toBeUndefined();
    expect(canonicalCustom(Buffer.from('false'))).toBe(false);
  });

  it.each(['{', '', '{"a":1.5}', '"<"', '">"', '"&"', '"\\u2028"', '"\\u2029"', '"\\u0001"'])(
    'custom data is not %s',
    (text) => {
      const hint = 'Custom data is a JSON document of strings, whole numbers, lists and objects.';
      expect(() => canonicalCustom(Buffer.from(text))).toThrow(
        expect.objectContaining({ code: 'MALFORMED_JSON', hint }),
      );
    },
  );
});
