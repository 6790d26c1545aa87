import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askHelper, type HelperAnswer } from '../../../../src/adapters/http/docker/credential-helper.ts';
import { makeScratch, removeScratch } from '../../../support/genuine/scratch.ts';

let folder = '';
beforeEach(() => (folder = makeScratch()));
afterEach(() => removeScratch(folder));

/** A helper that notes what it is given and then does what the lines say. */
function install(lines: string, name = 'test', mode = 0o755): void {
  const script = `#!/bin/sh\necho "$@" > '${folder}/words'\ncat > '${folder}/input'\n${lines}\n`;
  writeFileSync(join(folder, `docker-credential-${name}`), script, { mode });
}

interface Wish {
  readonly name?: string;
  readonly path?: string;
  readonly timeout?: number;
}

const ask = ({ name = 'test', path = `/nowhere:${folder}:/usr/bin:/bin`, timeout = 30_000 }: Wish = {}) =>
  askHelper({ name, key: 'h.example:5000', path, timeout });
const note = (name: string): string => readFileSync(join(folder, name), 'utf8');
const says = (answer: object): string => `cat <<'END'\n${JSON.stringify(answer)}\nEND`;
const failure = (reason: string): HelperAnswer => ({ kind: 'failed', reason });

describe('a credential helper', () => {
  it('a credential helper is asked to get a login, with the server on standard input', async () => {
    install(says({ ServerURL: 'h.example:5000', Username: 'alice', Secret: 'wonderland' }));
    expect(await ask()).toEqual({
      kind: 'login',
      login: { username: 'alice', password: 'wonderland', identityToken: '' },
    });
    expect([note('words'), note('input')]).toEqual(['get\n', 'h.example:5000']);
  });

  it('a credential helper says with the user name <token> that the secret is an identity token', async () => {
    install(says({ Username: '<token>', Secret: 'refresh' }));
    expect(await ask()).toEqual({
      kind: 'login',
      login: { username: '', password: '', identityToken: 'refresh' },
    });
  });

  it('a credential helper may know no login', async () => {
    install('echo credentials not found in native keychain; exit 1');
    expect(await ask()).toEqual({ kind: 'none' });
  });

  it('a credential helper may answer for the server in another spelling, but for no other server', async () => {
    const login = { Username: 'alice', Secret: 'wonderland' };
    install(says({ ...login, ServerURL: 'https://h.example:5000/v1/' }));
    expect((await ask()).kind).toBe('login');
    install(says({ ...login, ServerURL: 'evil.example' }));
    expect(await ask()).toEqual(failure('docker-credential-test gave the login of another server'));
  });

  it.each([
    ['echo secret; exit 3', 'ended with status 3'],
    ['kill -TERM $$', 'was ended by SIGTERM'],
    ['echo secret', 'gave an answer that is not understood'],
    [says(['secret']), 'gave an answer that is not understood'],
    [says({ Username: 1, Secret: 'secret' }), 'gave an answer that is not understood'],
    ['head -c 2000000 /dev/zero', 'answered more than a login can be'],
  ])('a credential helper that fails (%s) is not quoted', async (lines, reason) => {
    install(lines);
    expect(await ask()).toEqual(failure(`docker-credential-test ${reason}`));
  });

  it('a credential helper is not waited for longer than the time limit, even when what it has started lives on', async () => {
    install('sleep 9 & sleep 9');
    expect(await ask({ timeout: 500 })).toEqual(
      failure('docker-credential-test did not answer within 0.5 seconds'),
    );
  });

  it('a credential helper that does not read its input is no failure', async () => {
    const script = `#!/bin/sh\n${says({ Username: 'alice', Secret: 'wonderland' })}\n`;
    writeFileSync(join(folder, 'docker-credential-test'), script, { mode: 0o755 });
    expect((await ask()).kind).toBe('login');
  });

  it('a credential helper must be an executable file in a directory of PATH', async () => {
    const missing = failure('docker-credential-test is not in PATH');
    expect(await ask()).toEqual(missing);
    install('exit 0', 'test', 0o644);
    expect(await ask()).toEqual(missing);
    mkdirSync(join(folder, 'sub/docker-credential-test'), { recursive: true });
    expect(await ask({ path: join(folder, 'sub') })).toEqual(missing);
    expect(await ask({ path: '' })).toEqual(missing);
  });

  it('a credential helper is not looked for in the working directory', async () => {
    install(says({ Username: 'alice', Secret: 'wonderland' }));
    const before = process.cwd();
    process.chdir(folder);
    try {
      expect(await ask({ path: '.::bin' })).toEqual(failure('docker-credential-test is not in PATH'));
    } finally {
      process.chdir(before);
    }
  });

  it('a credential helper that cannot be run is named in the error', async () => {
    writeFileSync(join(folder, 'docker-credential-test'), '#!/nowhere/shell\n', { mode: 0o755 });
    expect(await ask()).toEqual(failure('docker-credential-test cannot be run'));
  });

  it.each(['', '../test', 'a/b', 'a b', '$(touch x)', 'a;b', 'a\n'])(
    'a credential helper cannot be called "%s"',
    async (name) => {
      install('exit 0');
      expect(await ask({ name })).toEqual(failure('no credential helper can have the name configured'));
      expect(existsSync(join(folder, 'words'))).toBe(false);
    },
  );
});
