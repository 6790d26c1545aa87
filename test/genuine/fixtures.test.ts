/** The fixtures are what `fixtures/README.md` says, as genuine notary sees them. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixture, fixturesIn, plantTrustDir } from '../support/fixture-files.ts';
import { onEachServer } from '../support/genuine/on-each-server.ts';
import type { Stage } from '../support/genuine/stage.ts';

describe('recorded metadata', () => {
  it.each(fixturesIn('metadata'))('the recorded file %s is one line of JSON with signatures', (name) => {
    const text = fixture(name).toString();
    expect(text).toMatch(/^\{"signed":\{.*\},"signatures":\[\{.*\}\]\}$/);
    expect(text).not.toContain('\n');
  });

  it('recorded metadata holds the odd shapes that it was recorded for', () => {
    const text = (name: string): string => fixture(`metadata/${name}`).toString();
    expect(text('keys-removed/targets.json')).toContain('"keyids":null');
    expect(text('role-removed/targets.json')).toContain('"roles":null');
    expect(text('names/targets.json')).toContain('\\u003cangle\\u003e \\u0026');
    expect(text('names/targets.json')).toContain('line\\u2028separator\\u2029');
    expect(text('delegations/targets/qa.json')).toContain('"name":"targets/qa/deep"');
    expect(text('custom-data/targets.json')).toContain('"custom":{"a":1,"b":[true,false,null,"x"]');
    expect(fixturesIn('metadata/rotated-keys').filter((name) => /\d\.root\.json$/.test(name))).toHaveLength(
      7,
    );
  });
});

onEachServer('recorded trust directories', ['notary'], (open) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await open();
  });
  afterAll(() => stage.close());

  it.each([
    ['owner', ['root', 'delegation', 'user', 'targets']],
    ['staged-changes', ['root', 'delegation', 'user', 'targets']],
    ['docker', ['root', 'alice', 'targets']],
    ['old-layout', ['root', 'snapshot', 'targets']],
  ])('the recorded trust directory %s has keys that genuine notary lists', async (name, roles) => {
    const person = stage.home(`keys-of-${name}`);
    plantTrustDir(name, person.trustDir);
    const { stdout } = await person.notary('key', 'list');
    const listed = [...stdout.matchAll(/^(\S+) .*[0-9a-f]{64}/gm)].map(([, role]) => role);
    expect(listed).toEqual(roles);
  });

  it('the trust directory staged-changes makes genuine notary show every kind of change', async () => {
    const person = stage.home('stager');
    plantTrustDir('staged-changes', person.trustDir);
    const { stdout } = await person.notary('status', 'docker.io/fixtures/demo');
    expect(stdout.split('\n').filter((line) => /^\d/.test(line))).toHaveLength(13);
  });

  it('the trust directory old-layout makes genuine notary move the keys to where they lie today', async () => {
    const person = stage.home('migrant');
    plantTrustDir('old-layout', person.trustDir);
    await person.notary('key', 'list');
    const files = readdirSync(join(person.trustDir, 'private')).sort();
    expect(files).toHaveLength(3);
    expect(files.every((file) => /^[0-9a-f]{64}\.key$/.test(file))).toBe(true);
  });
});

onEachServer('verdicts of genuine notary', ['notary'], (open) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await open();
  });
  afterAll(() => stage.close());

  it('the verdicts of genuine notary on one key in several encodings name one key', () => {
    const verdicts = JSON.parse(fixture('keys/verdicts.json').toString()) as Record<string, string>;
    const ids = ['p256.pem', 'p256.sec1.pem', 'p256.parameters.pem'].map((name) => verdicts[name]);
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).toMatch(/^[0-9a-f]{64}$/);
  });

  it('the recorded verdicts of genuine notary still hold', async () => {
    const verdicts = JSON.parse(fixture('certs/verdicts.json').toString()) as Record<string, string>;
    const person = stage.home('judge');
    for (const name of ['p256.crt', 'expired.crt', 'sha1.crt']) {
      const path = person.write(name, fixture(`certs/${name}`));
      const { stdout } = await person.run('notary', ['delegation', 'add', 'g', 'targets/a', path]);
      expect(stdout.replaceAll(`${person.work}/`, '')).toContain(verdicts[name]);
    }
  });
});
