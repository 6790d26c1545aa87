/** The collections that are measured on. */

import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Home } from '../test/support/genuine/home.ts';

const digestOf = (algorithm: string, text: string) => createHash(algorithm).update(text).digest('base64');

let staged = Date.now() * 1e6;

/** Writes a change file, as `addhash` does, without a process for each of a hundred thousand. */
function stage(home: Home, gun: string, change: Readonly<Record<string, unknown>>): void {
  const folder = join(home.trustDir, 'tuf', gun, 'changelist');
  mkdirSync(folder, { recursive: true });
  staged += 1000;
  writeFileSync(join(folder, `${staged}_${randomUUID()}.change`), JSON.stringify(change));
}

export function stageTargets(home: Home, gun: string, count: number, prefix = 'v'): void {
  for (let index = 0; index < count; index++) {
    const path = `${prefix}${index}`;
    const meta = {
      length: path.length,
      hashes: { sha256: digestOf('sha256', path), sha512: digestOf('sha512', path) },
    };
    const data = Buffer.from(JSON.stringify(meta)).toString('base64');
    stage(home, gun, { action: 'create', role: 'targets', type: 'target', path, data });
  }
}

/** A key for delegations, in the work directory as `d.crt`. */
export async function makeCertificate(home: Home): Promise<void> {
  await home.openssl(
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '900'],
    ...['-subj', '/CN=d', '-keyout', 'd.key', '-out', 'd.crt'],
  );
  await home.tsnotary('key', 'import', 'd.key', '--role', 'delegation');
}

/** Stages delegations by copying the change that `delegation add` writes for one. */
export async function stageDelegations(home: Home, gun: string, count: number, prefix = 'd'): Promise<void> {
  const { readdirSync, readFileSync, rmSync } = await import('node:fs');
  const folder = join(home.trustDir, 'tuf', gun, 'changelist');
  await home.tsnotary('delegation', 'add', gun, 'targets/pattern', 'd.crt', '--all-paths');
  const patterns = readdirSync(folder).sort();
  const changes = patterns.map(
    (name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Record<string, unknown>,
  );
  for (const name of patterns) rmSync(join(folder, name));
  for (let index = 0; index < count; index++) {
    for (const change of changes) stage(home, gun, { ...change, role: `targets/${prefix}${index}` });
  }
}

/** Publishes an empty collection. */
export async function makeCollection(home: Home, gun: string, sharedSnapshot = false): Promise<void> {
  await home.tsnotary('init', gun, '-p');
  if (sharedSnapshot) await home.tsnotary('key', 'rotate', gun, 'snapshot', '-r');
}

/** A collection with targets in a number of delegations, each signed. */
export async function delegatedCollection(home: Home, gun: string, delegations: number): Promise<void> {
  await makeCollection(home, gun, true);
  await stageDelegations(home, gun, delegations);
  for (let index = 0; index < delegations; index++) {
    const meta = { length: 1, hashes: { sha256: digestOf('sha256', 'x') } };
    const data = Buffer.from(JSON.stringify(meta)).toString('base64');
    stage(home, gun, {
      action: 'create',
      role: `targets/d${index}`,
      type: 'target',
      path: `t${index}`,
      data,
    });
  }
  await home.tsnotary('publish', gun);
}
