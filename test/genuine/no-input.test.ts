/** `--no-input` where the server wants a login. */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { onEachServer } from '../support/genuine/on-each-server.ts';
import type { Stage } from '../support/genuine/stage.ts';

const gun = 'docker.io/alice/silent';

onEachServer('a server that wants a login', ['notary'], (open) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await open({ auth: 'token', anonymous: [] });
  });
  afterAll(() => stage.close());
  const input = 'alice\nwonderland\n';

  it.each([
    ['publish', gun],
    ['init', gun, '-p'],
  ])(
    'a login that %s would ask for is refused by --no-input, with what would have answered',
    async (...words) => {
      const { status, stdout, stderr } = await stage
        .home('silent')
        .run('tsnotary', ['--no-input', ...words], { input });
      expect([status, stdout]).toEqual([
        1,
        expect.stringContaining('* fatal: the trust server wants a login'),
      ]);
      expect(stderr).toMatch(/NOTARY_AUTH .*DOCKER_AUTH_CONFIG, .*docker login.* code=INPUT_NEEDED/);
      expect(stdout).not.toContain('Enter username');
    },
  );

  it.each([[['list', gun]], [['key', 'check', '--gun', gun]]])(
    'a command that reads goes on without a login with --no-input, as notary does without a terminal: %j',
    async (words) => {
      const terminal = stage.home('reader').terminal('tsnotary', ['--no-input', ...words]);
      const { status, shown } = await terminal.end();
      expect([status, shown]).toEqual([1, expect.stringContaining('* fatal: ')]);
      expect(shown).not.toContain('Enter username');
    },
  );
});
