/** How the files that this machine holds of other repositories are looked through, and how often each is read. */

import { beforeEach, describe, expect, it } from 'vitest';
import { HeldIndex } from '../../../src/client/update/signed-message-index.ts';
import { NotaryError } from '../../../src/errors.ts';
import { parseGun } from '../../../src/metadata/gun.ts';
import { type Envelope, parseEnvelope } from '../../../src/metadata/signed.ts';
import type { TrustDirFile } from '../../../src/ports/trust-dir.ts';
import { memoryLog } from '../../support/memory-ports.ts';
import { plainSigner, type Signer, sealed, targetsContent } from '../../support/metadata-author.ts';

const gun = parseGun('docker.io/alice/demo');
const [a, b] = [plainSigner(), plainSigner()];
const fileOf = (version: number, ...signers: readonly Signer[]) =>
  sealed(targetsContent({ version }), ...signers);
const [byA, byB, byBoth] = [fileOf(1, a), fileOf(2, b), fileOf(3, a, b)];

let reads: string[];
let files: TrustDirFile[];

beforeEach(() => {
  reads = [];
  files = [];
});

/** @param read the content of the file at each time that it is read */
function hold(role: string, bytes: Uint8Array, read = async () => bytes, holder = 'docker.io/bob/app'): void {
  const counted = () => {
    reads.push(role);
    return read();
  };
  files.push({ gun: holder, role, length: bytes.length, location: role, read: counted });
}

function indexOf(limit?: number): (bytes: Uint8Array) => Promise<string | undefined> {
  const index = new HeldIndex({ gun, log: memoryLog(), heldMetadata: { files: async () => files } }, limit);
  return async (bytes) => (await index.find(parseEnvelope(bytes)))?.role;
}

describe('the files of other repositories', () => {
  it('the files of other repositories are found one after the other, each as often as it is asked for', async () => {
    hold('targets/a', byA);
    hold('targets/b', byB);
    const find = indexOf();
    expect(await find(fileOf(9, plainSigner()))).toBeUndefined();
    expect(await find(byA)).toBe('targets/a');
    expect(await find(byB)).toBe('targets/b');
    expect([await find(byA), await find(byB)]).toEqual(['targets/a', 'targets/b']);
    expect(await find(fileOf(1, b))).toBeUndefined();
  });

  it('the files of other repositories are read twice at most, also where several keys have signed one', async () => {
    hold('targets/a', byBoth);
    const find = indexOf();
    expect([await find(byBoth), await find(byBoth), await find(byA)]).toEqual([
      'targets/a',
      'targets/a',
      undefined,
    ]);
    expect(reads).toEqual(['targets/a', 'targets/a']);
  });

  it('the files of other repositories that are too short to hold the message are left for a shorter one', async () => {
    const targets = Object.fromEntries(
      Array.from({ length: 50 }, (_, at) => [
        `v${at}`,
        { length: 1, hashes: new Map([['sha256', 'x'.repeat(44)]]) },
      ]),
    );
    const long = sealed(targetsContent({ targets }), a);
    hold('targets/a', byA);
    const find = indexOf();
    expect(await find(long)).toBeUndefined();
    expect(reads).toEqual([]);
    expect(await find(byA)).toBe('targets/a');
  });

  it('the files of other repositories that cannot be read, or not any more, are no match', async () => {
    const gone = async () => Promise.reject(new NotaryError('FILE_UNREADABLE', 'open'));
    hold('targets/a', byA, gone);
    const answers = [async () => byA, gone];
    hold('targets/b', byA, () => (answers.shift() ?? gone)());
    hold('targets/c', Buffer.from(`{"junk":[${'1,'.repeat(300)}1]}`));
    expect(await indexOf()(byA)).toBeUndefined();
    expect(reads.filter((role) => role === 'targets/b')).toHaveLength(2);
  });

  it('the files of other repositories are no files of this one, and no roots', async () => {
    hold('targets/a', byA, undefined, gun);
    hold('root', byA);
    expect(await indexOf()(byA)).toBeUndefined();
    expect(reads).toEqual([]);
  });

  it('the files of other repositories are not needed, and a defect in reading them stays one', async () => {
    const envelope: Envelope = parseEnvelope(byA);
    expect(await new HeldIndex({ gun, log: memoryLog() }).find(envelope)).toBeUndefined();
    const defect = new TypeError('a defect');
    hold('targets/a', byA, () => Promise.reject(defect));
    await expect(indexOf()(byA)).rejects.toBe(defect);
  });
});
