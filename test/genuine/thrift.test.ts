import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Home } from '../support/genuine/home.ts';
import { onEachServer } from '../support/genuine/on-each-server.ts';
import type { Stage } from '../support/genuine/stage.ts';

const gun = 'docker.io/alice/many';
const count = 20;

/** Counts, not times: how many connections and requests a command needs on a genuine server. */
onEachServer('connections and requests', ['notary'], (open) => {
  let stage: Stage;
  let owner: Home;
  beforeAll(async () => {
    stage = await open({ roundTrip: 0 });
    owner = stage.home('owner');
    await owner.tsnotary('init', gun, '-p');
    await owner.tsnotary('key', 'rotate', gun, 'snapshot', '-r');
    await owner.openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      'd.key',
      '-out',
      'd.crt',
      '-days',
      '365',
      '-subj',
      '/CN=d',
    );
    await owner.tsnotary('key', 'import', 'd.key', '-r', 'd');
    const file = owner.write('t', 't');
    for (let index = 0; index < count; index++) {
      await owner.tsnotary('delegation', 'add', gun, `targets/d${index}`, 'd.crt', '--all-paths');
      await owner.tsnotary('add', gun, `t${index}`, file, '-r', `targets/d${index}`);
    }
    await owner.tsnotary('publish', gun);
  });
  afterAll(() => stage.close());

  async function counted(who: Home, ...args: readonly string[]) {
    const connections = stage.proxy.connections();
    const requests = (await stage.server.requests()).length;
    await who.tsnotary(...args);
    return {
      connections: stage.proxy.connections() - connections,
      requests: (await stage.server.requests()).length - requests,
    };
  }

  it('tsnotary lists 20 delegations from an empty cache over one connection: ping, base files, 20 delegations', async () => {
    const reader = stage.home('reader', { passphrases: 'none' });
    expect(await counted(reader, 'delegation', 'list', gun)).toEqual({ connections: 1, requests: 5 + count });
  });

  it('tsnotary asks for the ping and the timestamp when nothing has changed', async () => {
    const reader = stage.home('again', { passphrases: 'none' });
    await reader.tsnotary('delegation', 'list', gun);
    expect(await counted(reader, 'delegation', 'list', gun)).toEqual({ connections: 1, requests: 2 });
    expect(await counted(reader, 'list', gun)).toEqual({ connections: 1, requests: 2 });
  });

  it('tsnotary publishes over one connection, read-back included', async () => {
    await owner.tsnotary('add', gun, 'x', owner.write('x', 'x'));
    const { connections } = await counted(owner, 'publish', gun);
    expect(connections).toBe(1);
  });

  it('tsnotary opens no connection for what is done here', async () => {
    for (const args of [
      ['status', gun],
      ['key', 'list'],
      ['add', gun, 'y', 't'],
      ['reset', gun, '--all'],
    ]) {
      expect(await counted(owner, ...args)).toEqual({ connections: 0, requests: 0 });
    }
  });
});
