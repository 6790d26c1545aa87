import { describe, expect, it } from 'vitest';
import { memoryServer } from '../support/memory-server.ts';

const limit = 1000;

describe('the server in memory', () => {
  it('the server in memory answers and keeps a record of requests', async () => {
    const server = memoryServer();
    const { status } = await server.http.send({ method: 'GET', url: `${server.url}/v2/`, limit });
    expect(status).toBe(200);
    await server.http.send({ method: 'GET', url: `${server.url}/v2/a/_trust/tuf/timestamp.key?x=1`, limit });
    expect(server.lines()).toEqual(['GET /v2/', 'GET /v2/a/_trust/tuf/timestamp.key?x=1']);
    server.forget();
    expect(server.requests).toEqual([]);
  });

  it('the server in memory gives the same keys on every run', async () => {
    const keys = [memoryServer(), memoryServer()].map(async ({ http, url }) => {
      const { body } = await http.send({ method: 'GET', url: `${url}/v2/a/_trust/tuf/snapshot.key`, limit });
      return Buffer.from(body).toString();
    });
    const [first, second] = await Promise.all(keys);
    expect(first).toContain('ed25519');
    expect(second).toBe(first);
  });

  it('the server in memory cannot be reached offline or at another address', async () => {
    const server = memoryServer();
    const ping = (url: string) => server.http.send({ method: 'GET', url: `${url}/v2/`, limit });
    await expect(ping('https://elsewhere.test')).rejects.toMatchObject({ code: 'NETWORK' });
    server.offline = true;
    await expect(ping(server.url)).rejects.toMatchObject({ code: 'NETWORK' });
    server.offline = false;
    expect((await ping(server.url)).status).toBe(200);
    expect(server.requests).toHaveLength(1);
  });

  it('the server in memory answers as set for a path, as often as set', async () => {
    const server = memoryServer();
    const ping = async () =>
      (await server.http.send({ method: 'GET', url: `${server.url}/v2/`, limit })).status;
    server.override({ path: '/v2/', status: 503, times: 1 });
    expect([await ping(), await ping()]).toEqual([503, 200]);
    server.override({ method: 'POST', path: /v2/, status: 500 });
    expect(await ping()).toBe(200);
    server.override({ path: /v2/, status: 404 });
    expect([await ping(), await ping()]).toEqual([404, 404]);
    server.clearOverrides();
    expect(await ping()).toBe(200);
  });

  it('the server in memory asks for credentials', async () => {
    const server = memoryServer();
    server.challenge = {
      lines: ['Bearer realm="https://auth.test/token"', 'Basic realm="x"'],
      accepts: (authorization) => authorization === 'Bearer good',
    };
    const ping = (headers: Record<string, string>) =>
      server.http.send({ method: 'GET', url: `${server.url}/v2/`, limit, headers });
    const refused = await ping({});
    expect(refused.status).toBe(401);
    expect(refused.headers['www-authenticate']).toEqual(server.challenge.lines);
    expect((await ping({ Authorization: 'Bearer good' })).status).toBe(200);
  });

  it('the server in memory tampers with files and with nothing else', async () => {
    const server = memoryServer();
    const file = { role: 'targets/a', version: 1, bytes: Buffer.from('honest') };
    await server.server.store.update('g', [file], server.server.clock.now());
    const seen: string[] = [];
    server.tamper = (resource) => {
      seen.push(resource);
      return Buffer.from('forged');
    };
    const get = async (path: string) =>
      Buffer.from((await server.http.send({ method: 'GET', url: server.url + path, limit })).body).toString();
    expect(await get('/v2/g/_trust/tuf/targets/a.json')).toBe('forged');
    expect(await get('/v2/g/_trust/tuf/root.json')).toContain('METADATA_NOT_FOUND');
    expect(await get('/v2/')).toBe('{}');
    expect(seen).toEqual(['targets/a']);
  });

  it('the server in memory holds clients to the length they allow', async () => {
    const { http, url } = memoryServer();
    const ping = (most: number) => http.send({ method: 'GET', url: `${url}/v2/`, limit: most });
    expect((await ping(2)).status).toBe(200);
    await expect(ping(1)).rejects.toMatchObject({ code: 'MALICIOUS_SERVER' });
  });

  it('the server in memory follows redirects for clients who ask for it', async () => {
    const { http, url } = memoryServer();
    const request = { method: 'GET' as const, url: `${url}//v2/`, limit };
    expect((await http.send(request)).status).toBe(301);
    expect((await http.send({ ...request, followRedirects: true })).status).toBe(200);
  });
});
