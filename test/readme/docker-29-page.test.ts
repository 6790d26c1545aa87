/** What docs/docker-29.md gives to copy, run against the genuine trust server and registry, with docker as 29 has it. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DockerRegistry, startDockerRegistry } from '../support/genuine/docker-registry.ts';
import type { Home } from '../support/genuine/home.ts';
import { available, mustRun, repository } from '../support/genuine/programs.ts';
import { shellLine } from '../support/genuine/pseudo-terminal.ts';
import { genuineStage, type Stage } from '../support/genuine/stage.ts';
import { blocksOf, commandsOf } from './blocks.ts';

const page = readFileSync(join(repository, 'docs/docker-29.md'), 'utf8');
const passphrases = {
  root: 'root-passphrase',
  targets: 'repository-passphrase',
  snapshot: 'repository-passphrase',
  delegation: 'repository-passphrase',
};
const image = 'registry.example.com/team/app';

/** The lines of the script of a job. */
function jobLines(name: string): readonly string[] {
  const job = blocksOf(page).find(({ language, text }) => language === 'yaml' && text.startsWith(`${name}:`));
  return Array.from(job?.text.matchAll(/^ {4}- (.*)$/gm) ?? [], ([, line = '']) => line);
}

/** The commands of the two columns of the last table. */
function bridge(): readonly (readonly [readonly string[], readonly string[]])[] {
  const [, table = ''] = page.split('| `docker` | `tsnotary` |\n|---|---|\n');
  const commandsIn = (cell: string) => Array.from(cell.matchAll(/`([^`]+)`/g), ([, command = '']) => command);
  return Array.from(table.matchAll(/^\| (.*?) \| (.*) \|$/gm), ([, left = '', right = '']) => [
    commandsIn(left),
    commandsIn(right),
  ]);
}

describe.skipIf(!available('docker', 'notary-server', 'docker-registry', 'openssl'))(
  'the page for docker 29',
  () => {
    let stage: Stage;
    let registry: DockerRegistry;
    beforeAll(async () => {
      [stage, registry] = [await genuineStage({ docker: true }), await startDockerRegistry({})];
    });
    afterAll(async () => {
      await registry.stop();
      await stage.close();
    });

    /** A person whose docker has no trust of its own, so that the plugin answers. */
    function person(name: string): Home {
      const home = stage.home(name, { passphrases });
      mkdirSync(join(home.folder, 'bin'));
      const program = (called: string, text: string) =>
        writeFileSync(join(home.folder, 'bin', called), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
      program('tsnotary', `exec ${shellLine('tsnotary', [])} "$@"`);
      program(
        'docker',
        `PATH=\${PATH#*:}\n[ "$1" != trust ] || exec docker tsnotary "$@"\nDOCKER_CONTENT_TRUST=0 exec docker "$@"`,
      );
      return home;
    }
    const type = (who: Home, line: string, env: Record<string, string> = {}) =>
      mustRun('sh', ['-eu', '-c', line.replaceAll('registry.example.com', registry.domain)], {
        cwd: who.work,
        env: {
          ...who.env,
          PATH: [join(who.folder, 'bin'), process.env['PATH'] ?? ''].join(delimiter),
          ...env,
        },
      });
    const here = (name: string) => name.replace('registry.example.com', registry.domain);
    const pulled = () => stage.engine.requests.filter(({ action }) => action === 'pull').at(-1)?.reference;

    it('its commands sign, show, resolve and pull', async () => {
      const people = new Map(['owner', 'reader'].map((name) => [name, person(name)]));
      const one = await registry.push('team/app', '1.0', 'docker image');
      stage.engine.addImage(here(image), '1.0', one.text);
      const two = await registry.push('team/app', '2.0', 'oci index');
      const said = new Map<string, string>();
      for (const who of people.values()) await type(who, 'tsnotary docker-plugin install');
      for (const block of blocksOf(page).filter(({ language }) => language === 'console')) {
        const who = people.get(block.person);
        if (who === undefined) throw new Error(`line ${block.line}: nobody types that`);
        for (const { command } of commandsOf(block)) {
          if (command.startsWith('docker buildx ')) continue;
          said.set(command, (await type(who, command)).stdout);
          if (command.includes(' pull '))
            expect(pulled()).toBe(command.includes(':1.0') ? one.digest : two.digest);
        }
      }
      expect(said.get(`docker trust resolve ${image}:1.0 ${image}:2.0`)).toBe(
        `${here(image)}@${one.digest}\n${here(image)}@${two.digest}\n`,
      );
      expect(said.get(`docker trust inspect --pretty ${image}`)).toContain(one.digest.slice(7));
    });

    it('its jobs sign and deploy, and pull nothing when an image is not signed', async () => {
      const [owner, robot] = [person('job-owner'), person('robot')];
      const name = `${registry.domain}/team/job`;
      const { digest } = await registry.push('team/job', '2.0', 'oci index');
      await type(
        owner,
        `openssl ecparam -name prime256v1 -genkey -noout -out ci.key
        openssl pkey -in ci.key -pubout -out ci.pub
        tsnotary trust signer add --key ci.pub ci ${name}`,
      );
      robot.write('ci.key', readFileSync(join(owner.work, 'ci.key'), 'utf8'));
      robot.write('images.txt', `${name}:2.0\n`);
      const job = (lines: readonly string[]) =>
        type(robot, lines.filter((line) => !line.startsWith('npm install')).join('\n'), {
          SIGNER_KEY: 'ci.key',
          CI_REGISTRY_IMAGE: name,
        });
      expect((await job(jobLines('sign'))).stdout).toContain(`Successfully signed ${name}:2.0\n`);
      await job(jobLines('deploy'));
      expect(pulled()).toBe(digest);
      robot.write('images.txt', `${name}:2.0\n${name}:3.0\n`);
      const before = stage.engine.requests.length;
      await expect(job(jobLines('deploy'))).rejects.toThrow('No valid trust data for 3.0');
      expect(stage.engine.requests.slice(before).filter(({ action }) => action === 'pull')).toEqual([]);
    });

    it('its two ways to sign leave the same tags and signers, readable by both', async () => {
      const { digest, size } = await registry.push('team/left', '1.0', 'oci index');
      const gun = (side: string) => `${registry.domain}/team/${side}`;
      const homes = { left: person('left'), right: person('right') };
      const shown = async (side: 'left' | 'right') => {
        const reader = homes[side === 'left' ? 'right' : 'left'];
        const { stdout } = await reader.tsnotary('trust', 'inspect', '--json', gun(side));
        const { images } = JSON.parse(stdout) as {
          images: { tags: unknown[]; signers: { name: string }[] }[];
        };
        const list = (await reader.tsnotary('list', gun(side))).stdout;
        return [images[0]?.tags, images[0]?.signers.map(({ name }) => name), list];
      };
      const rows = bridge();
      expect(rows.length).toBeGreaterThan(6);
      for (const [left, right] of rows) {
        for (const command of left)
          await type(homes.left, `tsnotary ${command.replaceAll('IMAGE', gun('left'))}`);
        for (const command of right) {
          const known = command.replaceAll('GUN', gun('right')).replace('SIZE', String(size));
          await type(homes.right, `tsnotary ${known.replace('HEX', digest.slice(7))}`);
        }
        if (left[0]?.startsWith('trust key') === true) continue;
        expect([left, ...(await shown('left'))]).toEqual([left, ...(await shown('right'))]);
        if (left[0]?.startsWith('trust sign ') === true)
          expect((await shown('left'))[0]).toEqual([{ tag: '1.0', digest, signers: ['bob'] }]);
      }
    });
  },
);
