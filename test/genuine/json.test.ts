import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Home } from '../support/genuine/home.ts';
import { onEachServer } from '../support/genuine/on-each-server.ts';
import type { Stage } from '../support/genuine/stage.ts';
import { expectDocument } from '../support/printed-json.ts';

const gun = 'docker.io/alice/json';

onEachServer('--json', [], (open) => {
  let stage: Stage;
  let owner: Home;
  beforeAll(async () => {
    stage = await open();
    owner = stage.home('owner');
  });
  afterAll(() => stage.close());

  async function document(definition: string, ...args: readonly string[]): Promise<unknown> {
    const { stdout } = await owner.tsnotary(...args, '--json');
    return expectDocument(stdout, definition);
  }

  it('--json gives data for every command that talks to the server', async () => {
    expect(await document('init', 'init', gun)).toMatchObject({ gun, rootKeyMade: true, published: null });
    expect(await document('publish', 'publish', gun)).toEqual({
      gun,
      created: true,
      roles: ['root', 'targets', 'snapshot'],
    });
    expect(await document('key-rotate', 'key', 'rotate', gun, 'snapshot', '-r')).toEqual({
      gun,
      role: 'snapshot',
      rotated: true,
    });
    const file = owner.write('v1', 'one\n');
    const custom = owner.write('custom.json', '{"b":[1,null,true],"a":"é"}');
    expect(await document('add', 'add', gun, 'v1', file, '--custom', custom, '-p')).toMatchObject({
      target: 'v1',
      roles: ['targets'],
      published: { created: false, roles: ['targets'] },
    });
    const target = {
      name: 'v1',
      role: 'targets',
      length: 4,
      hashes: { sha256: expect.stringMatching(/^2c8b08da/) as string, sha512: expect.any(String) as string },
      custom: { a: 'é', b: [1, null, true] },
    };
    expect(await document('list', 'list', gun)).toEqual({ gun, targets: [target] });
    expect(await document('lookup', 'lookup', gun, 'v1')).toEqual({ gun, target });
    expect(await document('verify', 'verify', gun, 'v1', '-i', file)).toEqual({
      gun,
      target,
      verified: true,
    });
    await owner.openssl(
      ...[
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
        '9',
        '-subj',
        '/CN=d',
      ],
    );
    const added = await document(
      'delegation-add',
      'delegation',
      'add',
      gun,
      'targets/releases',
      'd.crt',
      '--all-paths',
      '-p',
    );
    const { keyIds } = added as { keyIds: readonly string[] };
    const keys = keyIds.map((keyId) => ({ keyId, collaborator: 'd', nameSource: 'certificate' }));
    expect(await document('delegation-list', 'delegation', 'list', gun)).toEqual({
      gun,
      delegations: [{ role: 'targets/releases', paths: [''], keyIds, keys, threshold: 1 }],
    });
    expect(await document('delete', 'delete', gun, '--remote')).toEqual({ gun, remote: true });
  });

  it('--json gives an error for what is not there', async () => {
    const { status, stdout, stderr } = await owner.run('tsnotary', [
      'lookup',
      'docker.io/nobody/nothing',
      'x',
      '--json',
    ]);
    expect([status, stdout]).toEqual([1, '']);
    expect(expectDocument(stderr, 'error')).toMatchObject({
      error: { code: 'REPOSITORY_NOT_EXIST', details: { gun: 'docker.io/nobody/nothing' } },
    });
  });
});
