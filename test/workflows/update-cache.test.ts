/** What lies in the cache: damaged, lost, expired, or replaced by somebody. */

import { beforeEach, describe, expect, it } from 'vitest';
import { publish } from '../../src/client/publish/publish.ts';
import { update } from '../../src/client/update/update.ts';
import type { ErrorCode } from '../../src/error-codes.ts';
import { type Actor, actor } from '../support/actor.ts';
import { ForgedCollection, forgedGun } from '../support/forged-repository.ts';
import { days, epoch, type MemoryClock, memoryClock } from '../support/memory-ports.ts';
import { memoryServer } from '../support/memory-server.ts';
import type { Tampering } from './tamperings.ts';
import * as tamper from './tamperings.ts';

const delegations = ['targets/a', 'targets/a/b', 'targets/b'];
const roles = ['timestamp', 'snapshot', 'targets', ...delegations];

let clock: MemoryClock;
let collection: ForgedCollection;
let reader: Actor;

beforeEach(() => {
  clock = memoryClock();
  collection = new ForgedCollection({ delegations });
  reader = actor(collection.server, clock, forgedGun);
});

/** Puts the wrong file into the cache and leaves the server as it was. */
function damageCache({ apply }: Tampering, role: string): void {
  const honest = { files: new Map(collection.files), contents: new Map(collection.contents) };
  apply(collection, role);
  reader.cache.files.set(role, collection.files.get(role) ?? new Uint8Array());
  collection.files.clear();
  for (const [name, bytes] of honest.files) collection.files.set(name, bytes);
  for (const [name, content] of honest.contents) collection.contents.set(name, content);
}

const damages = [
  tamper.notJson,
  tamper.truncated,
  tamper.contentAfterSigning,
  tamper.strangersKey,
  tamper.noSignatures,
  tamper.expired,
];

function expectHealed(): void {
  for (const name of ['root', ...roles]) {
    expect(reader.cache.files.get(name)).toEqual(collection.files.get(name));
  }
}

describe('a cached file other than the root', () => {
  for (const role of roles) {
    for (const damage of damages) {
      it(`a cached file of ${role} ${damage.way} is replaced by what the server has`, async () => {
        for (const checkExists of [false, true]) {
          await update(reader);
          damageCache(damage, role);
          await update(reader, { checkExists });
          expectHealed();
        }
      });
    }

    it(`a cached file of ${role} that is gone is fetched again`, async () => {
      await update(reader);
      reader.cache.files.delete(role);
      await update(reader);
      expectHealed();
    });
  }

  it('a cached file of a delegation is not trusted for its checksum alone: its parent must still list the keys that signed it', async () => {
    await update(reader);
    collection.editDelegation('targets/a', (entry) => new Map(entry).set('keyids', []));
    collection.next('targets');
    collection.settle();
    const { targets } = await update(reader);
    expect([...targets.keys()].sort()).toEqual(['targets', 'targets/b']);
  });
});

describe('a cached root', () => {
  const refused = new Map<Tampering, ErrorCode>([
    [tamper.notJson, 'MALFORMED_JSON'],
    [tamper.truncated, 'MALFORMED_JSON'],
    [tamper.contentAfterSigning, 'ROOT_VALIDATION'],
    [tamper.strangersKey, 'ROOT_VALIDATION'],
    [tamper.noSignatures, 'ROOT_VALIDATION'],
    [tamper.wrongType, 'INVALID_METADATA'],
  ]);

  for (const [damage, code] of refused) {
    it(`a cached root ${damage.way} is never replaced silently, for it is the anchor of trust: ${code}`, async () => {
      await update(reader);
      damageCache(damage, 'root');
      const damaged = reader.cache.files.get('root');
      for (const checkExists of [false, true]) {
        await expect(update(reader, { checkExists })).rejects.toMatchObject({
          code,
          details: { file: 'memory:metadata/root.json' },
          hint: expect.stringContaining(`tsnotary anchor refresh ${forgedGun}`) as string,
        });
        expect(reader.cache.files.get('root')).toEqual(damaged);
      }
    });

    for (const remote of [tamper.notJson, tamper.strangersKey, tamper.expired, tamper.versionZero]) {
      it(`a cached root ${damage.way} decides before a root ${remote.way} on the server is looked at: ${code}`, async () => {
        await update(reader);
        damageCache(damage, 'root');
        collection.raise();
        remote.apply(collection, 'root');
        collection.settle();
        await expect(update(reader)).rejects.toMatchObject({ code });
      });
    }
  }

  it('a cached root that is gone is fetched again and trusted as on first use', async () => {
    await update(reader);
    reader.cache.files.delete('root');
    await update(reader);
    expectHealed();
  });

  for (const remote of [tamper.notJson, tamper.strangersKey, tamper.versionZero, tamper.expired]) {
    it(`a cached root that is gone is not replaced by a root ${remote.way}`, async () => {
      await update(reader);
      reader.cache.files.delete('root');
      remote.apply(collection, 'root');
      collection.settle();
      await expect(update(reader)).rejects.toThrow();
      expect(reader.cache.files.has('root')).toBe(false);
    });
  }

  it('a cached root whose time has passed is followed by a root that its keys have signed', async () => {
    collection.edit('root', ['expires'], '2026-03-10T00:00:00Z');
    collection.settle();
    await update(reader);
    const keys = collection.signersOf('root');
    clock.advance(days(20));
    await expect(update(reader)).rejects.toMatchObject({ code: 'EXPIRED' });
    collection.rotateRoot(keys, keys);
    const { root } = await update(reader);
    expect(root.content.version).toBe(11);
  });

  it('a cached root whose time has passed is not followed by a root that only a stranger has signed', async () => {
    collection.edit('root', ['expires'], '2026-03-10T00:00:00Z');
    collection.settle();
    await update(reader);
    clock.advance(days(20));
    const stranger = [collection.rootSigner()];
    collection.rotateRoot(stranger, stranger);
    await expect(update(reader)).rejects.toMatchObject({ code: 'ROOT_ROTATION' });
  });

  it('a cached root goes before the configuration: with it, trust on first use is not needed any more', async () => {
    const strict = { ...reader, pinning: { ...reader.pinning, disableTofu: true } };
    await expect(update(strict)).rejects.toMatchObject({
      code: 'ROOT_VALIDATION',
      message: 'could not validate the path to a trusted root: invalid trust pinning specified',
    });
    reader.cache.files.set('root', collection.files.get('root') ?? new Uint8Array());
    await update(strict);
  });

  it('a cached root does not let the server begin anew under another key', async () => {
    await update(reader);
    const mine = reader.cache.files.get('root');
    const other = new ForgedCollection({ delegations, version: 20 });
    const stranger = other.rootSigner();
    other.rotateRoot([stranger], [stranger]);
    for (const [name, bytes] of other.files) collection.files.set(name, bytes);
    collection.files.delete('11.root');
    for (const checkExists of [false, true]) {
      await expect(update(reader, { checkExists })).rejects.toThrow();
      expect(reader.cache.files.get('root')).toEqual(mine);
    }
    reader.cache.files.clear();
    await update(reader);
  });
});

describe('reminders', () => {
  it('reminders come for the root, targets, each delegation and the snapshot in their last six months', async () => {
    const soon = new Date(epoch.getTime() + days(170)).toISOString().replace(/\.\d+Z$/, 'Z');
    for (const role of ['root', 'targets', 'targets/a', 'snapshot']) collection.edit(role, ['expires'], soon);
    collection.settle();
    await update(reader);
    expect(reader.log.messages('warn')).toEqual([
      'root is nearing expiry, you should re-sign the role metadata',
      'targets metadata is nearing expiry, you should re-sign the role metadata',
      'targets/a metadata is nearing expiry, you should re-sign the role metadata',
      'snapshot is nearing expiry, you should re-sign the role metadata',
      `metadata of ${reader.gun} expires: root at ${soon}, targets at ${soon}, targets/a at ${soon}, snapshot at ${soon}; holders of the keys renew it: tsnotary renew ${reader.gun} --within 185d`,
    ]);
  });

  it('reminders do not come for a timestamp, which is always near its end, nor while half a year is left', async () => {
    collection.edit('timestamp', ['expires'], '2026-03-02T00:00:00Z');
    await update(reader);
    expect(reader.log.messages('warn')).toEqual([]);
  });
});

describe('publishing from a damaged cache', () => {
  it('publishing from a damaged cache works for everything but the root once the collection is on the server', async () => {
    const server = memoryServer({ clock });
    const owner = actor(server, clock);
    await publish(owner);
    await update(owner);
    for (const role of ['timestamp', 'snapshot', 'targets']) {
      owner.cache.files.set(role, Buffer.from('damaged'));
      await publish(owner);
    }
    owner.cache.files.set('root', Buffer.from('damaged'));
    await expect(publish(owner)).rejects.toMatchObject({ code: 'MALFORMED_JSON' });
  });
});
