/** What scripts without a compiler hand over: refused with an error of ours, or measured as bytes. */

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRepository } from '../../src/library/open-repository.ts';
import type { Repository } from '../../src/library/repository.ts';
import { metaOf } from '../../src/library/targets.ts';
import { makeScratch, removeScratch } from '../support/genuine/scratch.ts';
import { refusal } from '../support/refusal.ts';

let folder: string;
let repository: Repository;
const open = (options: object): Promise<Repository> =>
  openRepository({ trustDir: join(folder, 'trust'), gun: 'example.com/a', ...options });
beforeAll(async () => {
  folder = makeScratch();
  repository = await open({});
});
afterAll(async () => {
  await repository.close();
  removeScratch(folder);
});

const notText = [1, null, {}, [], true];
const odd = (value: unknown) => value as never;
const usage = refusal('USAGE');

describe('a wrong type', () => {
  it.each<readonly [string, unknown]>([
    ...['trustDir', 'gun', 'server', 'ca', 'clientCert', 'clientKey', 'passphrase'].flatMap((name) =>
      notText.map((value) => [name, value] as const),
    ),
    ...['pins', 'environment', 'credentials'].flatMap((name) =>
      [1, 'a', null, [], true].map((value) => [name, value] as const),
    ),
    ...[1, 'a', null, {}].map((value) => ['onLog', value] as const),
    ...[1, 'yes', null, {}].map((value) => ['strict', value] as const),
    ['credentials', { username: 'a' }],
    ['credentials', { username: 'a', password: 1 }],
    ['environment', { HTTPS_PROXY: 1 }],
  ])('a wrong type of the option %s is refused when the repository is opened: %j', async (name, value) => {
    await expect(open({ [name]: value })).rejects.toEqual(refusal('USAGE', new RegExp(name)));
  });

  it.each([undefined, null, 1, 'a', []])('a wrong type of all options is refused: %j', async (options) => {
    await expect(openRepository(odd(options))).rejects.toEqual(usage);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['list', () => repository.list(odd({ role: ['targets'] }))],
    ['add', () => repository.add('a', Buffer.of(), odd({ role: ['targets'] }))],
    ['add with no roles', () => repository.add('a', Buffer.of(), { roles: [] })],
    ['addDelegation', () => repository.addDelegation('targets/q', odd({ certificates: [], paths: [''] }))],
    ['removeDelegation', () => repository.removeDelegation('targets/q', odd({ all: true }))],
    ['rotateKey', () => repository.rotateKey('snapshot', odd({ servermanaged: true }))],
    ['witness', () => repository.witness(['targets'], odd({ accepts: [] }))],
    ['init', () => repository.init(odd({ rootkey: Buffer.of() }))],
  ])('an option of %s that there is not, or an empty choice, is refused', async (_, call) => {
    await expect(call()).rejects.toEqual(usage);
  });

  it.each<[string, () => Promise<unknown>]>([
    ...notText.flatMap((value): [string, () => Promise<unknown>][] => [
      ['the name of lookup', () => repository.lookup(odd(value))],
      ['the name of verify', () => repository.verify(odd(value), Buffer.of())],
      ['the name of add', () => repository.add(odd(value), Buffer.of())],
      ['the name of remove', () => repository.remove(odd(value))],
    ]),
    ...[1, 'targets', null, [1], {}].flatMap((roles): [string, () => Promise<unknown>][] => [
      ['the roles of list', () => repository.list({ roles: odd(roles) })],
      ['the roles of add', () => repository.add('a', Buffer.of(), { roles: odd(roles) })],
      ['the roles of remove', () => repository.remove('a', { roles: odd(roles) })],
    ]),
    ...[1, 'a', null, []].flatMap((options): [string, () => Promise<unknown>][] => [
      ['the options of list', () => repository.list(odd(options))],
      ['the options of add', () => repository.add('a', Buffer.of(), odd(options))],
      ['the options of remove', () => repository.remove('a', odd(options))],
      ['the options of init', () => repository.init(odd(options))],
    ]),
    ...[1, 'text', null, {}, [1], undefined, { file: 1 }].flatMap(
      (content): [string, () => Promise<unknown>][] => [
        ['the content of add', () => repository.add('a', odd(content))],
        ['the content of verify', () => repository.verify('a', odd(content))],
      ],
    ),
    ['a digest', () => repository.add('a', odd({ length: 1, sha256: 1 }))],
    ['custom data', () => repository.add('a', Buffer.of(), { custom: odd(1n) })],
    ['custom data', () => repository.add('a', Buffer.of(), { custom: odd(() => 1) })],
    ['the numbers of reset', () => repository.reset(odd(1))],
    ['the numbers of reset', () => repository.reset(odd(null))],
    ['the numbers of reset', () => repository.reset(odd(['1']))],
    ['the root key of init', () => repository.init({ rootKey: odd('PEM') })],
    ['the root certificate of init', () => repository.init({ rootCertificate: odd([]) })],
  ])('a wrong type of %s is refused', async (_, work) => {
    await expect(work()).rejects.toEqual(usage);
    expect(await repository.status()).toEqual([]);
  });
});

describe('content', () => {
  const bytes = Buffer.from('0123456789abcdef');
  const sha256 = createHash('sha256').update(bytes).digest('base64');
  const files = { chunks: () => Promise.reject(new Error('no file')) };
  const { buffer, byteOffset, byteLength } = new Uint8Array(bytes);

  it.each<[string, ArrayBufferView]>([
    ['bytes', new Uint8Array(bytes)],
    ['a Buffer', bytes],
    ['a Uint16Array', new Uint16Array(buffer, byteOffset, 8)],
    ['a Float64Array', new Float64Array(buffer, byteOffset, 2)],
    ['a DataView', new DataView(buffer, byteOffset, byteLength)],
    [
      'an array of another context',
      runInNewContext(`new Uint32Array(new Uint8Array([${bytes.join()}]).buffer)`),
    ],
  ])('content given as %s is measured in bytes', async (_, content) => {
    const meta = await metaOf(odd(content), undefined, odd(files));
    expect([meta.length, meta.hashes.get('sha256')]).toEqual([16, sha256]);
  });
});
