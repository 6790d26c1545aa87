import { describe, expect, it } from 'vitest';
import { warnShorterExpiry } from '../../../src/client/sign/clock-check.ts';
import { parseDelegationKey } from '../../../src/client/stage/delegation-key-file.ts';
import {
  addDelegation,
  checkDelegationName,
  removeDelegation,
} from '../../../src/client/stage/delegations.ts';
import { encodePem } from '../../../src/encoding/pem.ts';
import { NotaryError } from '../../../src/errors.ts';
import { plainSigner } from '../../server/author.ts';
import { memoryChangelistStore, memoryClock, memoryLog } from '../../support/memory-ports.ts';
import { refusal } from '../../support/refusal.ts';

/** What is staged, as `action role`, and the cautions that were given. */
async function staged(work: (ports: Parameters<typeof addDelegation>[0]) => Promise<void>) {
  const cautions: unknown[] = [];
  const changelist = memoryChangelistStore();
  const caution = (...said: readonly unknown[]) => void cautions.push([said[0], said[2]]);
  await work({ changelist, caution });
  const documents = [...changelist.changes.values()].map((bytes) => Buffer.from(bytes).toString());
  return { count: documents.length, cautions };
}

const removal = { role: 'targets/a', keyIds: [], paths: [], allPaths: false, whole: false };
const id = 'ab'.repeat(32);

describe('a delegation that is added', () => {
  const keys = [plainSigner().entry];

  it('is one change for its keys and one for its paths, where there are any', async () => {
    const add = async (given: { readonly keys: typeof keys; readonly paths: readonly string[] }) =>
      (await staged((ports) => addDelegation(ports, { role: 'targets/a', ...given }))).count;
    expect(await add({ keys, paths: [''] })).toBe(2);
    expect(await add({ keys, paths: [] })).toBe(1);
    expect(await add({ keys: [], paths: ['x'] })).toBe(1);
  });

  it.each([
    ['targets/releases', []],
    ['targets/release', [['ROLE_NAME_UNREAD', { role: 'targets/release' }]]],
    ['targets/relases', [['ROLE_NAME_UNREAD', { role: 'targets/relases' }]]],
    ['targets/releas', [['ROLE_NAME_UNREAD', { role: 'targets/releas' }]]],
    ['targets/relea', []],
    ['targets/bob', []],
  ] as const)(
    'as %s is cautioned of only when docker would miss it by a letter or two',
    async (role, expected) => {
      const { cautions } = await staged((ports) => addDelegation(ports, { role, keys, paths: [''] }));
      expect(cautions).toEqual(expected);
    },
  );

  it('has the name of a delegation', () => {
    expect(() => checkDelegationName('root', 'message')).toThrow(
      refusal('INVALID_ROLE', 'message', { role: 'root' }),
    );
  });
});

describe('a delegation that is removed', () => {
  it('is one change for each of what is named', async () => {
    const count = async (part: Partial<typeof removal> | { keyIds: string[] } | { paths: string[] }) =>
      (await staged((ports) => removeDelegation(ports, { ...removal, ...part }))).count;
    expect(await count({ whole: true })).toBe(1);
    expect(await count({ whole: true, keyIds: [id] })).toBe(1);
    expect(await count({ allPaths: true })).toBe(1);
    expect(await count({ keyIds: [id] })).toBe(1);
    expect(await count({ keyIds: [id], paths: ['x'] })).toBe(2);
  });

  it.each([id.slice(1), `${id}0`, `x${id}`, id.toUpperCase(), ''])(
    'by the key %j is cautioned of',
    async (key) => {
      const { cautions } = await staged((ports) =>
        removeDelegation(ports, { ...removal, keyIds: [id, key] }),
      );
      expect(cautions).toEqual([['KEY_ID_NOT_FULL', { key }]]);
    },
  );
});

describe('a key file for a delegation', () => {
  const parse = (pem: Uint8Array) => () =>
    parseDelegationKey('file.pem', pem, { clock: memoryClock(), log: memoryLog() });
  const block = (type: string) => encodePem({ type, headers: new Map(), bytes: Buffer.from('junk') });

  it.each([
    [new Uint8Array(), 'INVALID_KEY', 'no valid public key found'],
    [block('PRIVATE KEY'), 'INVALID_KEY', 'unsupported PEM block type "PRIVATE KEY"'],
    [block('CERTIFICATE'), 'INVALID_CERTIFICATE', 'could not parse provided certificate'],
    [block('PUBLIC KEY'), 'INVALID_CERTIFICATE', 'unknown public key format'],
  ] as const)('that cannot be read is named, with the reason as its cause: %#', (pem, code, reason) => {
    expect(parse(pem)).toThrow(
      expect.objectContaining({
        code,
        message: expect.stringContaining(reason) as string,
        details: expect.objectContaining({ file: 'file.pem' }) as object,
        cause: expect.any(NotaryError) as object,
      }),
    );
  });
});

describe('an expiry that is signed anew', () => {
  const before = (expires: string) => ({ content: { expires } });
  const file = (expires: string) => ({ envelope: { signed: new Map([['expires', expires]]) } });
  const loaded = {
    root: before('2030-01-01T00:00:00Z'),
    snapshot: before('2031-01-01T00:00:00Z'),
    targets: new Map([['targets', before('2032-01-01T00:00:00Z')]]),
  };

  function warned(role: string, expires: string): boolean {
    const log = memoryLog();
    const files = new Map([[role, file(expires)]]) as unknown as Parameters<typeof warnShorterExpiry>[0];
    const known = loaded as unknown as Parameters<typeof warnShorterExpiry>[1];
    warnShorterExpiry(files, known, { log });
    for (const record of log.records)
      expect(record).toMatchObject({ level: 'warn', code: 'EXPIRY_SHORTENED' });
    return log.records.length > 0;
  }

  it.each([
    ['root', '2029-12-31T00:00:00Z', '2029-12-30T23:59:59Z'],
    ['snapshot', '2030-12-31T00:00:00Z', '2030-12-30T23:59:59Z'],
    ['targets', '2031-12-31T00:00:00Z', '2031-12-30T23:59:59Z'],
  ])('of %s may be a day shorter, and is warned of when it is more', (role, within, beyond) => {
    expect(warned(role, within)).toBe(false);
    expect(warned(role, beyond)).toBe(true);
    expect(warned(role, '2040-01-01T00:00:00Z')).toBe(false);
  });

  it('of a role that is new is compared with nothing', () => {
    expect(warned('targets/new', '2001-01-01T00:00:00Z')).toBe(false);
  });
});
