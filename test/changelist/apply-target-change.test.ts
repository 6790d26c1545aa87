import { beforeEach, describe, expect, it } from 'vitest';
import { targetCreation, targetDeletion } from '../../src/changelist/change.ts';
import { type HeldKeys, keysOf } from '../support/draft-repo.ts';
import { mapped } from '../support/json-documents.ts';
import { refusal } from '../support/refusal.ts';
import { Applying, everyKey, foreign, meta, noKeys, noRole, own } from './applying.ts';

let at: Applying;

beforeEach(() => {
  at = new Applying();
});

describe('adding a target', () => {
  it('adding a target puts it into the role that it names', async () => {
    await at.apply([targetCreation('targets', 'new', meta), targetCreation('targets/a', 'a/new', meta)]);
    expect(at.targetsOf('targets').get('new')).toEqual(meta);
    expect(at.targetsOf('targets/a').get('a/new')).toEqual(meta);
    expect(at.dirty()).toEqual(['targets', 'targets/a']);
    expect(at.log.records).toEqual([]);
  });

  it('adding a target replaces what is there under its name', async () => {
    await at.apply([targetCreation('targets', 'target of targets', meta)]);
    expect(at.targetsOf('targets').get('target of targets')).toEqual(meta);
  });

  it('adding a target that is there already needs no key and changes nothing', async () => {
    const same = at.targetsOf('targets/z').get('target of targets/z');
    if (same === undefined) throw new Error('no target');
    await at.apply([targetCreation('targets/z', 'target of targets/z', same)], keysOf());
    expect(at.dirty()).toEqual([]);
    const other = { ...same, custom: mapped({ a: 1 }) };
    await expect(
      at.apply([targetCreation('targets/z', 'target of targets/z', other)], keysOf()),
    ).rejects.toThrow(noKeys(own('targets/z')));
  });

  it('adding a target without a key names those that would do', async () => {
    await expect(
      at.apply([targetCreation('targets', 'new', meta)], keysOf(own('targets/a'))),
    ).rejects.toThrow(noKeys(own('targets')));
    expect(at.log.messages('error')).toEqual([
      `couldn't add target to targets: could not find necessary signing keys, at least one of these keys must be available: ${own('targets').id}`,
    ]);
    expect(at.dirty()).toEqual([]);
  });

  it('adding a target outside the paths of its role is refused, with or without a key', async () => {
    for (const keys of [keysOf(...everyKey), keysOf()]) {
      for (const [role, name] of [
        ['targets/a', 'b/new'],
        ['targets/a/b', 'a/c'],
        ['targets/none', 'x'],
        ['targets/a', ''],
      ] as const) {
        at = new Applying();
        await expect(at.apply([targetCreation(role, name, meta)], keys)).rejects.toThrow(
          refusal('INVALID_PATH', 'Could not add all targets'),
        );
        expect(at.log.messages('error')).toEqual([
          `couldn't add target to ${role}: Could not add all targets`,
        ]);
      }
    }
  });

  it.each([
    ['targets/unknown', 'delegation does not exist'],
    ['targets/unknown/deep', 'delegation does not exist'],
    ['targets/*', 'does not exist'],
    ['targets/a/*', 'does not exist'],
  ])('adding a target to %s is refused', async (role, reason) => {
    await expect(at.apply([targetCreation(role, 'new', meta)])).rejects.toThrow(noRole(role, reason));
    expect(at.log.messages('error')).toEqual([
      `couldn't add target to ${role}: tuf: invalid role ${role}. ${reason}`,
    ]);
  });

  it('adding a target begins the file of a role that has none', async () => {
    at.repo.targets.delete('targets/z');
    await at.apply([targetCreation('targets/z', 'new', meta)]);
    expect(at.repo.targets.get('targets/z')).toMatchObject({
      bytes: undefined,
      dirty: true,
      content: { version: 0 },
    });
    expect([...at.targetsOf('targets/z').keys()]).toEqual(['new']);
  });

  it('adding a target asks for the keys of a role once for a run of changes', async () => {
    const keys: HeldKeys = keysOf(...everyKey);
    await at.apply(
      ['1', '2', '3'].map((name) => targetCreation('targets', name, meta)),
      keys,
    );
    expect(keys.asked).toEqual([own('targets').id]);
  });

  it('adding a target with content that cannot be read fails without a record', async () => {
    await expect(at.apply([foreign({ content: Buffer.from('junk') })])).rejects.toThrow(
      refusal('MALFORMED_JSON', "invalid character 'j' looking for beginning of value"),
    );
    await expect(at.apply([foreign({ content: undefined })])).rejects.toThrow(
      refusal('MALFORMED_JSON', 'unexpected end of JSON input'),
    );
    expect(at.log.records).toEqual([]);
  });
});

describe('removing a target', () => {
  it('removing a target takes it out of its role', async () => {
    await at.apply([targetDeletion('targets', 'target of targets')]);
    expect(at.targetsOf('targets').size).toBe(0);
    expect(at.dirty()).toEqual(['targets']);
  });

  it('removing a target that is not there needs no key, changes nothing, and draws a caution', async () => {
    await at.apply(
      [targetDeletion('targets', 'unknown'), targetDeletion('targets/a', '__proto__')],
      keysOf(),
    );
    expect(at.dirty()).toEqual([]);
    expect(at.cautions).toEqual(['TARGET_NOT_THERE', 'TARGET_NOT_THERE']);
  });

  it('removing a target from a role without a file changes nothing', async () => {
    at.repo.targets.delete('targets/z');
    await at.apply([targetDeletion('targets/z', 'x')]);
    expect(at.repo.targets.has('targets/z')).toBe(false);
  });

  it('removing a target does not ask whether the role may sign it', async () => {
    await at.apply([targetDeletion('targets/none', 'target of targets/none')]);
    expect(at.targetsOf('targets/none').size).toBe(0);
  });

  it('removing a target without a key names those that would do', async () => {
    await expect(at.apply([targetDeletion('targets', 'target of targets')], keysOf())).rejects.toThrow(
      noKeys(own('targets')),
    );
    expect(at.log.messages('error')[0]).toMatch(/^couldn't remove target from targets: could not find/);
    expect(at.targetsOf('targets').size).toBe(1);
  });

  it.each([
    ['targets/unknown', 'delegation does not exist'],
    ['targets/*', 'does not exist'],
  ])('removing a target from %s is refused', async (role, reason) => {
    await expect(at.apply([targetDeletion(role, 'x')])).rejects.toThrow(noRole(role, reason));
  });
});
