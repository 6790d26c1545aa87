import { describe, expect, it } from 'vitest';
import { handle } from '../../../src/server/http/handle-request.ts';
import type { NotaryServer } from '../../../src/server/server.ts';
import { memoryServerStore } from '../../../src/server/store/memory-store.ts';
import { epoch, memoryClock, seededRandom } from '../../support/memory-ports.ts';

function newServer(more: Partial<NotaryServer> = {}): NotaryServer {
  return { store: memoryServerStore(), clock: memoryClock(), random: seededRandom(), ...more };
}

async function ask(server: NotaryServer, line: string): Promise<string> {
  const [method = '', path = ''] = line.split(' ');
  const { status, body } = await handle(server, { method, path, headers: {}, body: new Uint8Array() });
  return `${status} ${Buffer.from(body).toString().trim()}`;
}

describe('a server with GUN prefixes', () => {
  const server = newServer({ gunPrefixes: ['docker.io/', 'a/'] });
  const unknown =
    '404 {"errors":[{"code":"METADATA_NOT_FOUND","message":"You have requested metadata that does not exist."}]}';

  it('a server with GUN prefixes refuses uploads elsewhere and names its prefixes', async () => {
    expect(await ask(server, 'POST /v2/b/_trust/tuf/')).toBe(
      '400 {"errors":[{"code":"INVALID_GUN","message":"The server does not support actions on images of this name.","detail":"Require GUNs with prefix: [docker.io/ a/]"}]}',
    );
  });

  it.each([
    'GET /v2/b/_trust/tuf/root.json',
    'POST /v2/b/_trust/tuf/timestamp.key',
    'DELETE /v2/b/_trust/tuf/',
    'GET /v2/b/_trust/changefeed?records=1',
  ])('a server with GUN prefixes knows nothing elsewhere: %s', async (line) => {
    expect(await ask(server, line)).toBe(unknown);
  });

  it.each(['POST /v2/a/x/_trust/tuf/', 'GET /v2/_trust/changefeed?records=1', 'GET /v2/'])(
    'a server with GUN prefixes serves what lies under them or belongs to no GUN: %s',
    async (line) => {
      expect(await ask(server, line)).not.toBe(unknown);
      expect(await ask(server, line)).not.toContain('INVALID_GUN');
    },
  );
});

describe('a server', () => {
  it('a server keeps the collections of other GUNs when one is deleted', async () => {
    const server = newServer();
    const file = { role: 'root', version: 1, bytes: Buffer.from('root') };
    for (const gun of ['a', 'ab', 'a/b']) await server.store.update(gun, [file], epoch);
    await ask(server, 'DELETE /v2/a/_trust/tuf/');
    expect(await ask(server, 'GET /v2/a/_trust/tuf/1.root.json')).toMatch(/^404/);
    expect(await ask(server, 'GET /v2/ab/_trust/tuf/1.root.json')).toBe('200 root');
    expect(await ask(server, 'GET /v2/a/b/_trust/tuf/1.root.json')).toBe('200 root');
  });

  it('a server gives the time of storing in Notary’s form', async () => {
    const server = newServer();
    await server.store.update('a', [{ role: 'root', version: 1, bytes: Buffer.from('root') }], epoch);
    const { headers } = await handle(server, {
      method: 'GET',
      path: '/v2/a/_trust/tuf/root.json',
      headers: {},
      body: new Uint8Array(),
    });
    expect(headers['last-modified']).toBe('Sun, 01 Mar 2026 12:00:00 UTC');
  });

  it('a server fails, and says no more, when what it has stored cannot be read', async () => {
    const server = newServer();
    const bytes = Buffer.from('no JSON');
    const files = ['root', 'timestamp'].map((role) => ({ role, version: 1, bytes }));
    await server.store.update('a', files, epoch);
    const failure = '500 {"errors":[{"code":"UNKNOWN","message":"unknown error","detail":{}}]}';
    expect(await ask(server, 'GET /v2/a/_trust/tuf/timestamp.json')).toBe(failure);
    expect(await ask(server, 'GET /v2/a/_trust/tuf/timestamp.key')).toBe(failure);
  });

  it('a server lists the changes of all GUNs in one record', async () => {
    const server = newServer();
    const file = { role: 'timestamp', version: 1, bytes: Buffer.from('{}') };
    for (const gun of ['a', 'b']) await server.store.update(gun, [file], epoch);
    await server.store.remove('a', epoch);
    const feed = await ask(server, 'GET /v2/_trust/changefeed?records=2&change_id=1');
    expect(JSON.parse(feed.slice(4))).toEqual({
      count: 2,
      records: [
        {
          ID: '2',
          CreatedAt: '2026-03-01T12:00:00Z',
          GUN: 'b',
          Version: 1,
          SHA256: '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
          Category: 'update',
        },
        {
          ID: '3',
          CreatedAt: '2026-03-01T12:00:00Z',
          GUN: 'a',
          Version: 0,
          SHA256: '',
          Category: 'deletion',
        },
      ],
    });
    // Nothing can come after the last change yet; Notary writes null for that.
    expect(await ask(server, 'GET /v2/_trust/changefeed?records=1&change_id=3')).toBe(
      '200 {"count":0,"records":null}',
    );
    expect(await ask(server, 'GET /v2/c/_trust/changefeed?records=1')).toBe('200 {"count":0,"records":[]}');
    const last = await ask(server, 'GET /v2/_trust/changefeed?records=-1');
    expect(last).toContain('"ID":"3"');
    expect(last).toContain('"count":1');
  });
});
