/** Where a server may send us, and what goes along. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { authorized } from '../../../src/adapters/http/auth/authorization.ts';
import { connect } from '../../../src/adapters/http/notary/connect.ts';
import type { RemoteStore } from '../../../src/ports/notary-server.ts';
import { certificates } from '../../support/genuine/certificates.ts';
import { endWorlds, keep, read, start, userAuth, withAuth, world } from '../../support/http-auth-rig.ts';
import { get, startServer, testClient } from '../../support/http-rig.ts';
import { memoryClock, memoryLog, scriptedPrompter } from '../../support/memory-ports.ts';
import { failureOf } from '../../support/refusal.ts';
import { gun } from './bad-server.ts';

afterEach(endWorlds);

const statuses = [300, 301, 302, 303, 305, 307, 308];

const requests: Readonly<Record<string, (store: RemoteStore) => Promise<unknown>>> = {
  metadata: (store) => store.get('timestamp', 100),
  'a key': (store) => store.getKey('timestamp'),
  'a new key': (store) => store.rotateKey('snapshot'),
  'an upload': (store) => store.publish(new Map([['targets', Buffer.from('{}')]])),
  'a deletion': (store) => store.deleteAll(),
};

/** A server that answers the ping, and everything else with a redirect. */
async function redirecting(status: number, location: string) {
  return keep(
    await startServer((request, response) => {
      if (request.url === '/v2/') response.end('{}');
      else response.writeHead(status, { Location: location }).end();
    }),
  );
}

describe('G2 a redirect of what must come from the server itself', () => {
  const cases = Object.keys(requests).flatMap((name) => statuses.map((status) => [name, status] as const));

  it.each(cases)('a redirect of %s with %i is not followed', async (name, status) => {
    const elsewhere = keep(await startServer((_, response) => response.end('{}')));
    const server = await redirecting(status, `${elsewhere.url}/elsewhere`);
    const { connection } = await start(server, { access: '*' });
    const error = await failureOf(requests[name]?.(connection.remoteStore(gun)) ?? Promise.resolve());
    expect(error).toMatchObject({
      code: 'SERVER_UNAVAILABLE',
      message: `unable to reach trust server at this time: ${status}.`,
    });
    expect(elsewhere.requests).toEqual([]);
    expect(server.requests).toHaveLength(2);
  });

  it('a redirect to another path of the server is not followed either', async () => {
    const server = await redirecting(301, '/v2/docker.io/a/b/_trust/tuf/other.json');
    const { connection } = await start(server);
    expect(await failureOf(connection.remoteStore(gun).get('timestamp', 100))).toMatchObject({
      code: 'SERVER_UNAVAILABLE',
    });
    expect(server.requests).toHaveLength(2);
  });
});

describe('G2 a redirect of the ping', () => {
  const pinged = async (location: (origin: string) => string, plain = false) => {
    const elsewhere = keep(await startServer((_, response) => response.end('{}'), { plain }));
    const server = keep(
      await startServer((_, response) =>
        response.writeHead(307, { Location: location(elsewhere.url) }).end(),
      ),
    );
    const { log } = await start(server);
    return { said: log.messages('error').join('\n'), elsewhere };
  };

  it('a redirect of the ping is followed over https', async () => {
    const { said, elsewhere } = await pinged((origin) => `${origin}/v2/`);
    expect([said, elsewhere.requests]).toEqual(['', ['GET /v2/']]);
  });

  it('a redirect of the ping is not followed from https to http', async () => {
    const { said, elsewhere } = await pinged((origin) => `${origin}/v2/`, true);
    expect(said).toMatch(/the server redirects from https to plain http \(localhost:\d+\)$/);
    expect(elsewhere.requests).toEqual([]);
  });

  it.each([
    'file:///etc/passwd',
    'ftp://localhost/',
    'javascript:alert(1)',
    'http://',
    'https://%00/',
    'data:,x',
  ])('a redirect of the ping is not followed to %s', async (location) => {
    const { said } = await pinged(() => location);
    expect(said).toMatch(
      /the server redirects (?:to something that is no web address|from https to plain http)/,
    );
  });

  it('a redirect of the ping is not followed in circles', async () => {
    const server = keep(
      await startServer((request, response) =>
        response.writeHead(302, { Location: request.url === '/v2/' ? '/a' : '/v2/' }).end(),
      ),
    );
    const { log } = await start(server);
    expect(log.messages('error')[0]).toContain('stopped after 10 redirects');
    expect(server.requests).toHaveLength(10);
  });

  it('a redirect of the ping without a place to go to is an answer', async () => {
    const server = keep(await startServer((_, response) => response.writeHead(302).end()));
    const { log } = await start(server);
    expect(log.messages('error')).toEqual([`could not reach ${server.url}: 302`]);
  });

  it('a redirect of the ping cannot outlast the time of the whole ping', async () => {
    const server = keep(
      await startServer((_, response) => {
        setTimeout(() => response.writeHead(302, { Location: '/v2/' }).end(), 60);
      }),
    );
    const http = await testClient();
    const error = await failureOf(http.send(get(server.url, { followRedirects: true, timeout: 150 })));
    expect(error.message).toMatch(/Client\.Timeout exceeded/);
    expect(server.requests.length).toBeLessThan(5);
    await http.close();
  });
});

describe('G2 a redirect of a token request', () => {
  const redirectedTo = (location: string) => (response: ServerResponse, request: IncomingMessage) => {
    if (request.url?.startsWith('/again') === true) response.end('{"token":"user-1"}');
    else response.writeHead(302, { Location: location }).end();
  };

  it('a redirect of a token request keeps the password on the same server', async () => {
    const { server, tokens } = await world({ token: redirectedTo('/again') });
    expect(await read(await start(server, { access: '*', env: withAuth }))).toBe('metadata');
    expect(tokens.map(({ authorization }) => authorization)).toEqual([userAuth, userAuth]);
  });

  it('a redirect of a token request does not give the password back to the first server after a detour', async () => {
    const seen: (string | undefined)[] = [];
    let back = '';
    const detour = keep(
      await startServer((request, response) => {
        seen.push(request.headers.authorization);
        response.writeHead(302, { Location: `${back}/again` }).end();
      }),
    );
    const { server, tokens } = await world({
      token: (response, request) => {
        back = `https://${request.headers.host ?? ''}`;
        redirectedTo(detour.url)(response, request);
      },
    });
    await read(await start(server, { access: '*', env: withAuth }));
    expect([seen, tokens.map(({ authorization }) => authorization)]).toEqual([
      [undefined],
      [userAuth, undefined],
    ]);
  });

  it('a redirect of a token request never leaves https', async () => {
    const plain = keep(
      await startServer((_, response) => response.end('{"token":"user-1"}'), { plain: true }),
    );
    const { server } = await world({ token: redirectedTo(plain.url) });
    const error = await failureOf(read(await start(server, { access: '*', env: withAuth })));
    expect(error.message).toContain('the server redirects from https to plain http');
    expect(plain.requests).toEqual([]);
  });

  it('a redirect of a token request is not followed with an identity token in the body', async () => {
    const elsewhere = keep(await startServer((_, response) => response.end('{"token":"user-1"}')));
    for (const status of [301, 302, 303, 307, 308]) {
      const { server, tokens } = await world({
        token: (response) => void response.writeHead(status, { Location: elsewhere.url }).end(),
      });
      const logins = { find: async () => ({ username: '', password: '', identityToken: 'secret' }) };
      const run = await start(server, { access: '*', logins });
      expect(await failureOf(read(run))).toMatchObject({
        code: 'NETWORK',
        message: expect.stringContaining(`received unexpected HTTP status: ${status}`) as string,
      });
      expect(tokens).toHaveLength(1);
    }
    expect(elsewhere.requests).toEqual([]);
  });
});

describe('G2 credentials', () => {
  it('credentials of any spelling are left behind when a redirect leads elsewhere', async () => {
    const seen: IncomingMessage['headers'][] = [];
    const elsewhere = keep(
      await startServer((request, response) => {
        seen.push(request.headers);
        response.end();
      }),
    );
    const server = await redirecting(302, elsewhere.url);
    const http = await testClient();
    const request = authorized(get(`${server.url}/x`, { followRedirects: true }), 'Basic c2VjcmV0');
    await http.send(request);
    await http.send({ ...request, headers: { AUTHORIZATION: 'Basic c2VjcmV0' } });
    expect(seen.map(({ authorization, cookie }) => [authorization, cookie])).toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ]);
    await http.close();
  });

  it('credentials in the server’s URL are neither sent nor shown', async () => {
    const seen: (string | undefined)[] = [];
    const server = keep(
      await startServer((request, response) => {
        seen.push(request.headers.authorization);
        response.writeHead(500).end();
      }),
    );
    const log = memoryLog();
    const connection = await connect({
      serverUrl: server.url.replace('https://', 'https://user:secret@'),
      tls: { rootCa: (await certificates()).caCertificate, skipVerify: false },
      env: {},
      access: 'pull',
      prompter: scriptedPrompter([], false),
      clock: memoryClock(),
      log,
    });
    await connection.ready();
    expect(JSON.stringify(log.records)).not.toContain('secret');
    expect(seen).toEqual([undefined]);
    await connection.close();
  });
});
