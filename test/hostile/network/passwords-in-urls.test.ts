/** A password in the server's URL: Notary's configuration has no better place for it, and none to show it. */

import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { certificates } from '../../support/genuine/certificates.ts';
import { answer, startRawServer, type TestServer } from '../../support/http-rig.ts';
import { scratchHome } from '../../support/memory-system.ts';

const home = scratchHome();
const running: TestServer[] = [];
afterEach(() => Promise.all(running.splice(0).map((server) => server.stop())));
afterAll(() => home.remove());

const replies: Readonly<Record<string, (line: string) => string>> = {
  'refuses everything': () => answer('', '503 Busy'),
  'forbids everything': () => answer('', '403 Forbidden'),
  'sends too much': (line) => (line === 'GET /v2/' ? answer('{}') : answer('x'.repeat(2_000_000))),
  'sends nonsense': () => 'nonsense\r\n\r\n',
  'sends no JSON': () => answer('nonsense'),
  'has nothing': (line) => (line === 'GET /v2/' ? answer('{}') : answer('', '404 Not Found')),
  'redirects to http': () => answer('', '302 Found', 'Location: http://127.0.0.1:1/\r\n'),
  'wants a password': () => answer('', '401 Unauthorized', 'WWW-Authenticate: Basic realm="x"\r\n'),
  'wants a token from nowhere': () =>
    answer('', '401 Unauthorized', 'WWW-Authenticate: Bearer realm="https://127.0.0.1:1/"\r\n'),
};

describe('G5 a password in the URL of a server', () => {
  it.each(Object.entries(replies))(
    'a password in the URL of a server that %s is never shown',
    async (_, reply) => {
      const server = await startRawServer((socket) => {
        socket.write(reply(server.requests.at(-1) ?? ''));
      });
      running.push(server);
      const { caCertificate } = await certificates();
      const url = server.url.replace('https://', 'https://alice:hunter2@');
      for (const words of [
        ['list'],
        ['list', '--json'],
        ['publish', '--json'],
        ['delete', '--remote'],
        ['init'],
        ['init', '--json'],
      ]) {
        const { stdout, stderr, status } = await home.run([
          ...['-D', '-s', url, '--tlscacert', caCertificate],
          ...words,
          'docker.io/alice/demo',
        ]);
        expect(stdout + stderr).not.toContain('hunter2');
        expect(stdout + stderr).not.toContain('internal error');
        if (words[0] === 'list') expect(status).toBe(1);
      }
    },
  );
});
