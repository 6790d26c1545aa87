/** Payloads held against what was signed for them. */

import { beforeEach, describe, expect, it } from 'vitest';
import { publish } from '../../src/client/publish/publish.ts';
import { findTarget } from '../../src/client/read/find-target.ts';
import { verifyPayload } from '../../src/client/read/verify-payload.ts';
import { addTarget, fileMetaOfStream } from '../../src/client/stage/add-target.ts';
import type { FileMeta } from '../../src/metadata/file-meta.ts';
import { type Actor, actor } from '../support/actor.ts';
import { memoryClock } from '../support/memory-ports.ts';
import { memoryServer } from '../support/memory-server.ts';

let owner: Actor;
let honest: FileMeta;
const payload = Buffer.from('payload');

async function* once(bytes: Uint8Array) {
  yield bytes;
}

beforeEach(async () => {
  const clock = memoryClock();
  owner = actor(memoryServer({ clock }), clock);
  honest = await fileMetaOfStream(once(payload));
});

async function signed(meta: FileMeta) {
  await addTarget(owner, { name: 'v1', meta, roles: [] });
  await publish(owner);
  return findTarget(owner, 'v1');
}

const only = (algorithm: string) => ({
  ...honest,
  hashes: new Map([...honest.hashes].filter(([name]) => name === algorithm)),
});

describe('a payload', () => {
  it('a payload is that of a target when both hashes fit', async () => {
    expect(verifyPayload(await signed(honest), payload)).toBe(true);
  });

  for (const algorithm of ['sha256', 'sha512']) {
    it(`a payload is that of a target that has ${algorithm} alone when it fits`, async () => {
      const target = await signed(only(algorithm));
      expect(verifyPayload(target, payload)).toBe(true);
      expect(() => verifyPayload(target, Buffer.from('another'))).toThrow(
        expect.objectContaining({ code: 'CHECKSUM_MISMATCH' }),
      );
    });

    it(`a payload is not that of a target when ${algorithm} alone does not fit`, async () => {
      const wrong = new Map(honest.hashes);
      wrong.set(
        algorithm,
        (await fileMetaOfStream(once(Buffer.from('another')))).hashes.get(algorithm) ?? '',
      );
      const target = await signed({ ...honest, hashes: wrong });
      expect(() => verifyPayload(target, payload)).toThrow(
        expect.objectContaining({
          code: 'CHECKSUM_MISMATCH',
          message: expect.stringContaining(
            `data not present in the trusted collection, ${algorithm} checksum for v1 did not match: expected `,
          ) as string,
        }),
      );
    });
  }

  it('a payload of another length than recorded is distinguished, though its hashes fit', async () => {
    expect(verifyPayload(await signed({ ...honest, length: 3 }), payload)).toBe(false);
  });
});
