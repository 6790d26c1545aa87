import { beforeEach, describe, expect, it } from 'vitest';
import { asInteger, asString } from '../../../src/encoding/json.ts';
import { parseEnvelope } from '../../../src/metadata/signed.ts';
import type { NotaryServer } from '../../../src/server/server.ts';
import { memoryServerStore } from '../../../src/server/store/memory-store.ts';
import { days, type MemoryClock, memoryClock, seededRandom } from '../../support/memory-ports.ts';
import { Collection } from '../../support/server-collection.ts';
import { ourSubject, Session } from '../../support/server-session.ts';

const gun = 'example.com/expiry';

describe('what the server has signed', () => {
  let clock: MemoryClock;
  let server: NotaryServer;
  let session: Session;

  beforeEach(() => {
    clock = memoryClock(new Date());
    server = { store: memoryServerStore(), clock, random: seededRandom() };
    session = new Session(ourSubject(server), gun, new Map());
  });

  async function versions(): Promise<string> {
    const files = ['timestamp', 'snapshot'].map(async (role) => {
      const { status, body } = await session.ask('GET', `${role}.json`);
      return status === 200
        ? String(asInteger(parseEnvelope(body).signed.get('version'), role))
        : `(${status})`;
    });
    return (await Promise.all(files)).join(' ');
  }

  it('what the server has signed is served unchanged as long as it has not expired', async () => {
    await Collection.published(session);
    clock.advance(days(14) - 1000);
    expect(await versions()).toBe('1 1');
  });

  it('what the server has signed is served as a new timestamp once the old one has expired', async () => {
    await Collection.published(session);
    clock.advance(days(14) + 1000);
    expect((await session.ask('GET', 'timestamp.json')).status).toBe(200);
    expect(await versions()).toBe('2 1');
    await session.look();
    expect(session.end).toContain('"timestamp":2,"snapshot":1,"snapshotHash":true');
  });

  it('what the server has signed is served as a new snapshot and timestamp once the snapshot has expired', async () => {
    await Collection.published(session);
    clock.advance(days(1095) + 1000);
    expect((await session.ask('GET', 'snapshot.json')).status).toBe(200);
    expect(await versions()).toBe('2 2');
    await session.look();
    expect(session.end).toBe(
      '{"timestamp":2,"snapshot":2,"snapshotHash":true,"root":"200","targets":"200 <hash>"}',
    );
  });

  it('what the server has signed is recorded as a change when it is signed anew', async () => {
    await Collection.published(session);
    clock.advance(days(15));
    await session.ask('GET', 'timestamp.json');
    const changes = (await server.store.changes()).map(({ version, category }) => `${category} ${version}`);
    expect(changes).toEqual(['update 1', 'update 2']);
  });

  it('what the server has signed cannot be signed anew when the client holds the snapshot key', async () => {
    await Collection.published(session, 'client');
    clock.advance(days(366 * 30));
    expect(await versions()).toBe('(500) (500)');
    expect(session.exchanges.at(-1)?.body).toContain('"code":"UNKNOWN"');
  });

  it('what the server has signed cannot be signed anew once the root certificate has expired', async () => {
    await Collection.published(session);
    clock.advance(days(3651));
    expect(await versions()).toBe('(500) (500)');
  });

  it('the metadata that the server has signed expires as Notary has it', async () => {
    await Collection.published(session);
    const expiries = ['timestamp', 'snapshot'].map(async (role) => {
      const { body } = await session.ask('GET', `${role}.json`);
      return Date.parse(asString(parseEnvelope(body).signed.get('expires'), role)) - clock.now().getTime();
    });
    expect(await Promise.all(expiries)).toEqual([days(14), days(1095)]);
  });

  it('the server signs with ECDSA where it is set so', async () => {
    const subject = ourSubject({ ...server, keyAlgorithm: 'ecdsa' });
    session = new Session(subject, gun, new Map());
    const { timestamp } = await Collection.published(session);
    expect(timestamp.keyType).toBe('ecdsa');
    const { body } = await session.ask('GET', 'timestamp.json');
    expect(parseEnvelope(body).signatures.map(({ method }) => method)).toEqual(['ecdsa']);
  });
});
