import { describe, expect, it } from 'vitest';
import { formatInstant } from '../../../src/encoding/rfc3339.ts';
import { memoryServerStore } from '../../../src/server/store/memory-store.ts';
import { memoryClock, seededRandom } from '../../support/memory-ports.ts';
import { Collection } from '../../support/server-collection.ts';
import { ourSubject, Session } from '../../support/server-session.ts';

const hour = 60 * 60 * 1000;

describe('the judgement of an upload', () => {
  it('the check of an upload takes no offence at stored metadata that has expired, so that its owner can renew it', async () => {
    const clock = memoryClock(new Date());
    const server = { store: memoryServerStore(), clock, random: seededRandom() };
    const session = new Session(ourSubject(server), 'example.com/renewal', new Map());
    const collection = await Collection.of(session);
    const expires = formatInstant(new Date(clock.now().getTime() + hour));
    const delegates = [{ name: 'targets/a', signers: [collection.signer('a')] }];
    await collection.publish({
      root: collection.root({ expires }),
      targets: collection.targets('first', { expires, delegates }),
    });
    clock.advance(2 * hour);

    const file = collection.targets('a', {}, [collection.signer('a')]);
    expect((await collection.publish({ 'targets/a': file })).status).toBe(200);
    expect((await collection.publish({ targets: collection.targets('next', { version: 2 }) })).status).toBe(
      200,
    );
    expect((await collection.publish({ root: collection.root({ version: 2 }) })).status).toBe(200);

    await collection.publish({ targets: collection.targets('late', { version: 3, expires }) });
    expect(session.end).toMatch(/^400 ErrBadTargets: targets expired at /);
    await collection.publish({ root: collection.root({ version: 3, expires }) });
    expect(session.end).toMatch(/^400 ErrBadRoot: root expired at /);
  });

  it('the check of an upload gives no reason when the stored root itself cannot be used any more', async () => {
    const clock = memoryClock(new Date());
    const server = { store: memoryServerStore(), clock, random: seededRandom() };
    const session = new Session(ourSubject(server), 'example.com/lapsed', new Map());
    const collection = await Collection.published(session);
    clock.advance(3651 * 24 * hour);
    await collection.publish({ targets: collection.targets('next', { version: 2 }) });
    expect(session.exchanges.at(-1)?.body).toBe(
      '{"errors":[{"code":"INVALID_UPDATE","message":"Update sent by the client is invalid."}]}\n',
    );
  });
});
