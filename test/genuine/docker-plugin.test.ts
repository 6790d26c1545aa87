import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/commands.ts';
import { docker29 } from '../support/docker-29.ts';
import { type DockerEngine, startDockerEngine } from '../support/genuine/docker-engine.ts';
import { available, cleanEnvironment, mustRun, run } from '../support/genuine/programs.ts';
import { openTerminal } from '../support/genuine/pseudo-terminal.ts';
import { adopt, makeScratch, removeScratch, stopChild } from '../support/genuine/scratch.ts';
import { listen } from '../support/genuine/servers.ts';

let home = '';
let engine: DockerEngine;
let env: Record<string, string> = {};
beforeAll(async () => {
  home = makeScratch();
  engine = await startDockerEngine(join(home, 'engine.sock'));
  env = { HOME: home, DOCKER_HOST: engine.host };
  await mustRun('tsnotary', ['docker-plugin', 'install'], { env, cwd: home });
});
afterAll(async () => {
  await engine.stop();
  removeScratch(home);
});

const plugins = (): string => join(home, '.docker/cli-plugins');

/** Waits until a sandbox in this directory answers, or does not. */
async function untilSandbox(folder: string, status: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const found = await run('tsnotary', ['sandbox', 'status', '--dir', folder], { env, cwd: home });
    if (found.status === status) return;
    await pause(50);
  }
  throw new Error(`sandbox status is not ${status}`);
}

/** Whether an abstract socket of this Node has the name that it was given: older ones put zero bytes behind it. */
async function keepsAbstractNames(): Promise<boolean> {
  const name = `tsnotary-test-${process.pid}`;
  const { stop } = await listen(createServer(), { path: `\0${name}` });
  const found = readFileSync('/proc/net/unix', 'latin1').includes(`@${name}\n`);
  await stop();
  return found;
}

const startSandbox = (folder: string) => ['tsnotary', 'sandbox', 'start', '--port', '0', '--dir', folder];

describe.skipIf(!available('docker'))('the genuine docker CLI with the plugins of tsnotary', () => {
  const docker = (...words: readonly string[]) => run('docker', words, { env, cwd: home });
  const tsnotary = (...words: readonly string[]) => run('tsnotary', words, { env, cwd: home });

  it('docker tsnotary says what tsnotary says, and passes on its exit status', async () => {
    for (const words of [
      ['version'],
      ['--version'],
      ['key', 'list'],
      ['key', '--help'],
      ['bogus'],
      ['-z'],
      [],
    ]) {
      const theirs = await docker('tsnotary', ...words);
      const ours = await tsnotary(...words);
      expect([words, theirs.status, theirs.stdout]).toEqual([words, ours.status, ours.stdout]);
    }
    expect((await docker('tsnotary', 'sandbox', 'status', '--dir', join(home, 'none'))).status).toBe(3);
  });

  it('docker lists the plugin, says nothing against it, and shows its help', async () => {
    expect((await docker('--help')).stdout).toMatch(/^ {2}tsnotary\* +Sign and verify with Notary v1/m);
    const info = await docker('info');
    expect(info.stdout).toMatch(
      /^ {2}tsnotary: Sign and verify .*\(tsnotary\)\n {4}Version: +0\.1\.0\n {4}Path: +.*docker-tsnotary$/m,
    );
    expect(info.stdout + info.stderr).not.toMatch(/docker-tsnotary" is not valid/);
    expect((await docker('help', 'tsnotary')).stdout).toBe((await tsnotary('help')).stdout);
    expect((await docker('help', 'tsnotary', 'key', 'list')).stdout).toBe(
      (await tsnotary('help', 'key', 'list')).stdout,
    );
  });

  it('docker completes words of the plugin', async () => {
    for (const words of [[''], ['key', ''], ['key', 'l']]) {
      const theirs = await docker('__complete', 'tsnotary', ...words);
      expect(theirs.stdout).toBe((await tsnotary('__complete', ...words)).stdout);
      expect(theirs.stdout).toMatch(/\n:[04]\n$/);
    }
  });

  it('global flags of docker hold for the plugin', async () => {
    const other = join(home, 'other');
    mkdirSync(other);
    const { status, stdout } = await docker(
      '--config',
      plugins().replace('/cli-plugins', ''),
      'tsnotary',
      'version',
    );
    expect([status, stdout]).toEqual([0, (await tsnotary('version')).stdout]);
    const debug = await docker('-D', 'tsnotary', 'key', 'list');
    expect(debug.stderr).toContain('level=debug');
    // With another configuration directory there is no plugin, whatever is in the usual one.
    expect((await docker('--config', other, 'tsnotary', 'version')).status).not.toBe(0);
  });

  it('a terminal stays one: a passphrase is asked for there, without echo', async () => {
    const terminal = openTerminal('docker' as const, ['tsnotary', 'key', 'generate'], { env, cwd: home });
    await terminal.waitFor('Enter passphrase for new root key');
    await terminal.answerHidden('a good passphrase');
    await terminal.waitFor('Repeat passphrase for new root key');
    await terminal.answerHidden('a good passphrase');
    const { status, shown, echo } = await terminal.end();
    expect([status, echo]).toEqual([0, true]);
    expect(shown).not.toContain('a good passphrase');
    expect(readdirSync(join(home, '.notary/private'))).toHaveLength(1);
  });

  it('a program that a plugin has started is no plugin, whatever its words are', async () => {
    const script = 'env | grep DOCKER_CLI_PLUGIN; tsnotary tsnotary; tsnotary --config x version';
    const { stdout, stderr } = await docker('tsnotary', 'sandbox', 'run', '--', 'sh', '-c', script);
    expect(stdout).not.toContain('DOCKER_CLI_PLUGIN');
    expect(stdout + stderr).toContain('unknown command "tsnotary"');
    expect(stdout + stderr).toMatch(/unknown flag:? ?(`|")?--config/);
  });

  it('a docker that is told to end ends the plugin', async ({ skip }) => {
    skip(!(await keepsAbstractNames()), 'this Node pads the names of abstract sockets');
    const folder = join(home, 'sandbox-28');
    const child = spawn('docker', startSandbox(folder), {
      env: cleanEnvironment(env),
      cwd: home,
      stdio: 'ignore',
    });
    adopt(child);
    await untilSandbox(folder, 0);
    child.kill('SIGTERM');
    await untilSandbox(folder, 3);
    await stopChild(child);
  });
});

describe('docker 29 with the plugins of tsnotary', () => {
  const docker = () => docker29([join(home, 'empty'), plugins()], env);

  it('docker 29 finds both plugins, and says of others that there are none', async () => {
    expect(await docker().find('trust')).toBe(join(plugins(), 'docker-trust'));
    expect(await docker().find('tsnotary')).toBe(join(plugins(), 'docker-tsnotary'));
    await expect(docker().find('bogus')).rejects.toThrow('docker: unknown command: docker bogus');
  });

  it('docker 29 runs the commands of tsnotary, with its global flags before', async () => {
    const { status, stdout } = await docker().run(['tsnotary', 'version']);
    expect([status, stdout]).toEqual([0, (await run('tsnotary', ['version'], { env })).stdout]);
    const config = join(home, 'config-29');
    const words = ['--config', config, '-l', 'warn', 'tsnotary', 'docker-plugin', 'install', '--json'];
    const installed = await docker().run(words);
    expect(installed.status).toBe(0);
    expect(existsSync(join(config, 'cli-plugins/docker-trust'))).toBe(true);
    // A plugin that installs itself leads to the program, and not to itself.
    expect(readFileSync(join(config, 'cli-plugins/docker-trust'), 'utf8')).toBe(
      readFileSync(join(plugins(), 'docker-trust'), 'utf8'),
    );
    expect((await docker().run(['-H', 'a', '-H', 'b', 'tsnotary', 'version'])).stderr).toBe(
      'Specify only one -H\n',
    );
  });

  it('docker 29 gets help and completion', async () => {
    expect((await docker().run(['help', 'tsnotary'])).stdout).toContain('tsnotary help key');
    expect((await docker().run(['__complete', 'tsnotary', 'key', 'l'])).stdout).toMatch(/^list\t.*\n:4\n$/);
  });

  const hasTrust = commands.some(({ path }) => path[0] === 'trust' && path.length > 1);
  it.skipIf(!hasTrust)('docker 29 runs trust of tsnotary', async () => {
    const ours = await run('tsnotary', ['trust', 'inspect', '--help'], { env });
    const theirs = await docker().run(['trust', 'inspect', '--help']);
    expect([theirs.status, theirs.stdout]).toEqual([0, ours.stdout]);
    expect((await docker().run(['trust', 'inspect', '--bogus'])).status).toBe(
      (await run('tsnotary', ['trust', 'inspect', '--bogus'], { env })).status,
    );
    expect((await docker().run(['__complete', 'trust', 'insp'])).stdout).toMatch(/^inspect\t.*\n:4\n$/);
  });

  it.skipIf(!available('docker'))(
    'wrong command lines of docker trust are refused in the words of docker 28, and those of docker tsnotary with its name',
    async () => {
      for (const words of [['sign'], ['inspect'], ['signer', 'add', 'x'], ['bogus'], ['sign', '--bogus']]) {
        const { status, stdout, stderr } = await run('docker', ['trust', ...words], { env, cwd: home });
        expect(await docker().run(['trust', ...words])).toMatchObject({ status, stdout, stderr });
      }
      const { stderr } = await docker().run(['tsnotary', 'trust', 'sign']);
      expect(stderr).toMatch(/^docker: 'docker tsnotary trust sign' requires 1 argument\n/);
    },
  );

  it('docker 29 ends the plugin by closing its socket', async () => {
    const folder = join(home, 'sandbox-29');
    const plugin = await docker().start(startSandbox(folder));
    await untilSandbox(folder, 0);
    plugin.terminate();
    // As after Ctrl-C: the sandbox stops in good order.
    expect(await plugin.ended).toMatchObject({ signal: null, status: 0 });
    await untilSandbox(folder, 3);
  });
});
