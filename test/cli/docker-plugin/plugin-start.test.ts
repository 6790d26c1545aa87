import { describe, expect, it } from 'vitest';
import { pluginStart } from '../../../src/cli/docker-plugin/plugin-start.ts';

/** The words of a command line, split at blanks; `''` is an empty word. */
const split = (line: string): readonly string[] =>
  line === '' ? [] : line.split(' ').map((word) => (word === "''" ? '' : word));

const started = (line: string, calledAs: readonly string[] = ['/usr/bin/tsnotary'], byDocker = false) =>
  pluginStart({ words: split(line), calledAs, byDocker });

const ownVariables = {
  DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND: undefined,
  DOCKER_CLI_PLUGIN_SOCKET: undefined,
};

describe('a start as a plugin of docker', () => {
  it.each([
    ['docker-trust trust inspect alpine:1', 'trust inspect alpine:1'],
    ['docker-trust trust', 'trust'],
    ['docker-trust trust --help', 'trust --help'],
    ['docker-trust trust trust', 'trust trust'],
    ['docker-trust help trust sign', 'help trust sign'],
    ["docker-trust __complete trust sign ''", "__complete trust sign ''"],
    ["docker-trust __complete trust ''", "__complete trust ''"],
    ['docker-trust -D trust sign x:1', '-D trust sign x:1'],
    ['docker-trust inspect x', 'trust inspect x'],
    ['docker-trust help', 'help trust'],
    ['docker-tsnotary tsnotary key list', 'key list'],
    ['docker-tsnotary tsnotary trust inspect x', 'trust inspect x'],
    ['docker-tsnotary tsnotary', ''],
    ['docker-tsnotary tsnotary tsnotary', 'tsnotary'],
    ['docker-tsnotary help tsnotary', 'help'],
    ['docker-tsnotary help tsnotary key list', 'help key list'],
    ["docker-tsnotary __complete tsnotary ''", "__complete ''"],
    ["docker-tsnotary __completeNoDesc tsnotary key ''", "__completeNoDesc key ''"],
    ["docker-tsnotary __complete --config x tsnotary key ''", "__complete key ''"],
    ['docker-tsnotary --debug tsnotary list g', '-D list g'],
    ['docker-tsnotary --debug=false tsnotary list g', 'list g'],
    ['docker-tsnotary -l debug --tlscacert a --tlscert=b --tlskey c tsnotary -c cfg list g', '-c cfg list g'],
  ])('a launcher is started with "%s": that is tsnotary %s', (line, words) => {
    const start = started(line);
    expect(start?.words).toEqual(split(words));
    expect(start?.variables).toMatchObject(ownVariables);
  });

  it.each([
    ['/home/a/.docker/cli-plugins/docker-trust', 'trust inspect x'],
    ['docker-trust', 'trust inspect x'],
    ['C:\\plugins\\docker-trust.exe', 'trust inspect x'],
    ['/x/docker-tsnotary', 'inspect x'],
  ])('a link named %s is started as that plugin', (name, words) => {
    const plugin = /trust|tsnotary/.exec(name.replace('docker-', ''))?.[0] ?? '';
    expect(started(`${plugin} inspect x`, ['/usr/bin/node', name])?.words).toEqual(split(words));
  });

  it('a program of another name is a plugin where docker says so, and its words name one', () => {
    expect(started('trust inspect x', ['other'], true)?.words).toEqual(['trust', 'inspect', 'x']);
    expect(started('-D tsnotary version', ['other'], true)?.words).toEqual(['-D', 'version']);
    expect(started('help trust', ['other'], true)?.words).toEqual(['help', 'trust']);
    expect(started("__complete trust ''", ['other'], true)?.words).toEqual(['__complete', 'trust', '']);
    for (const line of ['version', '-c file list g', '', 'help version', "__complete key ''"])
      expect(started(line, ['other'], true)).toBeUndefined();
  });

  it.each([
    ['trust inspect x', '/usr/bin/tsnotary'],
    ['version', '/x/docker-compose'],
    ['version', '/x/docker-trust/tsnotary'],
    ['list docker-trust', 'tsnotary'],
    ['docker-compose up', 'tsnotary'],
    ['docker-plugin status', 'tsnotary'],
    ['docker-constructor x', '/x/docker-toString'],
  ])('"%s" of %s is an ordinary start', (line, name) => {
    expect(started(line, [name])).toBeUndefined();
  });

  it.each<[string, Record<string, string | undefined>]>([
    ['--config /c', { DOCKER_CONFIG: '/c' }],
    ['--config=/c', { DOCKER_CONFIG: '/c' }],
    ['--config=', { DOCKER_CONFIG: '' }],
    ['-H unix:///s', { DOCKER_HOST: 'unix:///s' }],
    ['-Hunix:///s', { DOCKER_HOST: 'unix:///s' }],
    ['-H=unix:///s', { DOCKER_HOST: 'unix:///s' }],
    ['--host tcp://h', { DOCKER_HOST: 'tcp://h' }],
    ['-DH unix:///s', { DOCKER_HOST: 'unix:///s' }],
    ['-c other', { DOCKER_CONTEXT: 'other', DOCKER_HOST: undefined }],
    ['--context=other', { DOCKER_CONTEXT: 'other', DOCKER_HOST: undefined }],
    ['--tls', { DOCKER_TLS: '1' }],
    ['--tlsverify', { DOCKER_TLS_VERIFY: '1' }],
    ['--tlsverify=false', { DOCKER_TLS_VERIFY: undefined }],
    ['-l debug', {}],
  ])('the global flags "%s" of docker are passed on as variables', (flags, variables) => {
    const start = started(`docker-tsnotary ${flags} tsnotary version`);
    expect(start?.variables).toStrictEqual({ ...ownVariables, ...variables });
    expect(start?.words.at(-1)).toBe('version');
    expect(start?.problem).toBeUndefined();
  });

  it('several engines, and an engine beside a context, are refused in the words of docker', () => {
    expect(started('docker-trust -H a -H b trust sign x:1')?.problem).toBe('Specify only one -H');
    expect(started('docker-trust -H a -c b trust sign x:1')?.problem).toBe(
      'conflicting options: cannot specify both --host and --context',
    );
  });

  it('flags that are none of docker are left to this program, which refuses them', () => {
    expect(started('docker-tsnotary --bogus tsnotary version')?.words).toEqual([
      '--bogus',
      'tsnotary',
      'version',
    ]);
    expect(started('docker-tsnotary --debug=maybe tsnotary')?.words).toEqual(['--debug=maybe', 'tsnotary']);
    expect(started('docker-tsnotary --config')?.words).toEqual(['--config']);
    expect(started('docker-tsnotary -x tsnotary')?.words).toEqual(['-x', 'tsnotary']);
    expect(started('docker-tsnotary -H')?.words).toEqual(['-H']);
  });

  it('words of the command are not read as flags of docker', () => {
    const start = started('docker-tsnotary tsnotary -H x --config y list --host z');
    expect(start?.words).toEqual(['-H', 'x', '--config', 'y', 'list', '--host', 'z']);
    expect(start?.variables).toStrictEqual(ownVariables);
  });
});
