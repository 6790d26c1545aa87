/** An owner, signers with keys of their own, and readers with genuine programs who look at what a revocation has left. */

import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Home } from '../support/genuine/home.ts';
import { expectWhole } from '../support/genuine/served-files.ts';
import type { Stage } from '../support/genuine/stage.ts';

export type KeyType = 'rsa' | 'ec';

export interface SignerHome {
  readonly home: Home;
  /** Canonical. */
  readonly keyId: string;
  /** Path of the certificate, whose CN is the name. */
  readonly certificate: string;
}

const newKey: Readonly<Record<KeyType, readonly string[]>> = {
  rsa: ['-newkey', 'rsa:2048'],
  ec: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
};

/** Makes a key with a certificate in a home, and imports it there. */
export async function makeKey(home: Home, name: string, type: KeyType = 'ec'): Promise<SignerHome> {
  await home.openssl(
    ...['req', '-x509', ...newKey[type], '-nodes', '-days', '900', '-subj', `/CN=${name}`],
    ...['-keyout', `${name}.key`, '-out', `${name}.crt`],
  );
  const before = await keysOf(home);
  await home.tsnotary('key', 'import', `${name}.key`, '--role', 'user');
  const [keyId] = (await keysOf(home)).filter((id) => !before.includes(id));
  if (keyId === undefined) throw new Error(`the key of ${name} was not imported`);
  return { home, keyId, certificate: join(home.work, `${name}.crt`) };
}

async function keysOf(home: Home): Promise<readonly string[]> {
  return (await home.tsnotary('key', 'list')).stdout.match(/[0-9a-f]{64}/g) ?? [];
}

/** Gives a home the private key of a signer as well. */
export async function lendKey(from: SignerHome, name: string, to: Home): Promise<void> {
  copyFileSync(join(from.home.work, `${name}.key`), join(to.work, `${name}.key`));
  await to.tsnotary('key', 'import', `${name}.key`, '--role', 'user');
}

const digestOf = (content: string): string => Buffer.from(content.padEnd(32)).subarray(0, 32).toString('hex');

/** Publishes a tag with the genuine client; its digest is made from the content. */
export async function signTag(
  who: Home,
  gun: string,
  tag: string,
  role: string,
  content = tag,
): Promise<void> {
  await who.notary('addhash', gun, tag, '3', '--sha256', digestOf(content), '-r', role, '-p');
}

/** What genuine `notary` lists of a role and below: by name the digest and the role. */
async function listed(who: Home, gun: string): Promise<Record<string, string>> {
  const { stdout } = await who.notary('list', gun);
  const rows = [...stdout.matchAll(/^(\S+) +([0-9a-f]{64}) +\d+ +(\S+)$/gm)];
  return Object.fromEntries(rows.map(([, name = '', digest = '', role = '']) => [name, `${role} ${digest}`]));
}

export interface Expected {
  /** By tag the role in which readers find it, or a role with the content that it has. */
  readonly tags: Readonly<Record<string, string | readonly [role: string, content: string]>>;
  /** Key IDs that no delegation lists. */
  readonly gone: readonly string[];
  /** The delegations that are left. */
  readonly roles: readonly string[];
}

/** Two readers with genuine `notary`: one who has read before, and a new one each time. */
export class Readers {
  readonly #stage: Stage;
  readonly #gun: string;
  readonly #warm: Home;
  #count = 0;

  constructor(stage: Stage, gun: string) {
    this.#stage = stage;
    this.#gun = gun;
    this.#warm = stage.home(`reader of ${gun}`);
  }

  /** Lets the reader with the warm trust directory read. */
  async warmUp(): Promise<void> {
    await this.#warm.notary('list', this.#gun);
  }

  async expect({ tags, gone, roles }: Expected): Promise<void> {
    const fresh = this.#stage.home(`reader ${this.#count++} of ${this.#gun}`);
    const wanted = Object.fromEntries(
      Object.entries(tags).map(([tag, found]) => {
        const [role, content] = typeof found === 'string' ? [found, tag] : found;
        return [tag, `${role} ${digestOf(content)}`];
      }),
    );
    for (const reader of [fresh, this.#warm]) {
      expect(await listed(reader, this.#gun)).toEqual(wanted);
      const { stdout } = await reader.notary('delegation', 'list', this.#gun);
      for (const keyId of gone) expect(stdout).not.toContain(keyId);
      const names = [...stdout.matchAll(/^targets\/\S+/gm)].map(([name]) => name);
      expect([...new Set(names)].sort()).toEqual([...roles].sort());
    }
    await expectWhole(this.#stage, this.#gun);
  }
}

/** Sets a threshold in the first staged change, that of `delegation add`; no command line can. */
export function setThreshold(owner: Home, gun: string, threshold: number): void {
  const folder = join(owner.trustDir, 'tuf', gun, 'changelist');
  const [name] = readdirSync(folder)
    .filter((file) => file.endsWith('.change'))
    .sort();
  if (name === undefined) throw new Error('nothing is staged');
  const change = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { readonly data: string };
  const content = JSON.parse(Buffer.from(change.data, 'base64').toString()) as object;
  const data = Buffer.from(JSON.stringify({ ...content, threshold })).toString('base64');
  writeFileSync(join(folder, name), JSON.stringify({ ...change, data }));
}
