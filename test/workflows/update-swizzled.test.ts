/** Every way of tampering that the tests know, seen through a whole update, from every state of the cache. */

import { describe, expect, it } from 'vitest';
import { update } from '../../src/client/update/update.ts';
import { equalBytes } from '../../src/encoding/bytes.ts';
import type { ErrorCode } from '../../src/error-codes.ts';
import { isDelegation } from '../../src/metadata/role-name.ts';
import { type Actor, actor } from '../support/actor.ts';
import { memoryClock } from '../support/memory-ports.ts';
import { edited } from '../support/metadata-author.ts';
import {
  changed,
  resealed,
  type SealedCollection,
  sealedCollection,
  served,
} from '../support/sealed-collection.ts';
import { fileServer } from '../support/served-metadata.ts';
import { type Swizzle, swizzles } from '../support/swizzle.ts';
import { refusingUnreadable } from '../support/unreadable.ts';

type Cache = 'no cache' | 'a fresh cache' | 'a stale cache';
const caches: readonly Cache[] = ['no cache', 'a fresh cache', 'a stale cache'];

const collection = sealedCollection();
const roles = [...collection.files.keys()];

/** What a reader holds who has seen the version before, of which only the keys and versions matter here. */
const older = new Map(
  roles.map((role) => [role, changed(collection, role, (signed) => edited(signed, ['version'], 4))] as const),
);

function readerOf({ files }: SealedCollection, cache: Cache): Actor {
  const reader = actor(fileServer(new Map(files)), memoryClock(collection.now), collection.gun);
  const held = cache === 'a fresh cache' ? collection.files : older;
  if (cache !== 'no cache') for (const [role, bytes] of held) reader.cache.files.set(role, bytes);
  return reader;
}

/** The roles with targets that were believed, or the code of the refusal. */
async function outcome(reader: Actor): Promise<readonly string[] | ErrorCode> {
  try {
    return [...(await update(refusingUnreadable(reader))).targets.keys()].sort();
  } catch (error) {
    return (error as { code: ErrorCode }).code;
  }
}

const everything = roles.filter((role) => role.startsWith('targets')).sort();
const without = (lost: string) => everything.filter((role) => !`${role}/`.startsWith(`${lost}/`));

const anchored: readonly unknown[] = ['ROOT_ROTATION', 'REPOSITORY_NOT_EXIST'];

/** What must come of it when the checksums fit. */
function expected(swizzle: Swizzle, role: string, cache: Cache): readonly string[] | ErrorCode {
  const stop = swizzle.stopsAt(role);
  if (stop === undefined) return everything;
  const code = swizzle.code(role);
  // Junk in place of a delegation that has been seen hides nothing.
  if (
    isDelegation(stop) &&
    swizzle.changes(role) === stop &&
    code === 'ROLE_THRESHOLD' &&
    cache === 'a stale cache'
  )
    return everything;
  if (isDelegation(stop) && ['ROLE_THRESHOLD', 'EXPIRED', 'NO_SUCH_ROLE'].includes(code))
    return without(stop);
  if (code === 'METADATA_NOT_FOUND' && stop === 'root') return 'REPOSITORY_NOT_EXIST';
  if (code === 'METADATA_NOT_FOUND' && stop === 'timestamp' && cache !== 'no cache') return everything;
  return code;
}

describe('G1 a server that holds the keys of snapshot and timestamp', () => {
  for (const swizzle of swizzles) {
    for (const cache of ['no cache', 'a stale cache'] as const) {
      it(`a server that holds the keys and serves files with ${swizzle.name} is believed no more than they deserve, with ${cache}`, async () => {
        for (const role of roles.filter((name) => swizzle.applies(name))) {
          const files = swizzle.files(collection, role);
          // Neither a newcomer nor somebody who has seen that very version can tell that it is not the newest.
          if (swizzle.code(role) === 'LOW_VERSION') continue;
          const seen = await outcome(readerOf(resealed(collection, files), cache));
          const wanted = expected(swizzle, role, cache);
          // Whoever trusts a root judges the next one by its keys first, and looks for those in between.
          const byTrusted = cache === 'a stale cache' && wanted === 'ROOT_VALIDATION';
          expect([role, byTrusted && anchored.includes(seen) ? wanted : seen]).toEqual([role, wanted]);
        }
      });
    }
  }
});

describe('G1 a server without any key', () => {
  for (const swizzle of swizzles) {
    for (const cache of caches) {
      it(`a server without any key that serves files with ${swizzle.name} is refused or gives what the honest one gives, with ${cache}`, async () => {
        for (const role of roles.filter((name) => swizzle.applies(name))) {
          const reader = readerOf(served(collection, swizzle.files(collection, role)), cache);
          const seen = await outcome(reader);
          if (Array.isArray(seen)) expect([role, seen]).toEqual([role, everything]);
          else expect(seen).toMatch(/^[A-Z_]+$/);
          for (const [name, bytes] of reader.cache.files) {
            // Nothing announces these two, so that a file signed by their keys is as good as another.
            if (name === 'root' || name === 'timestamp') continue;
            const honest = [collection.files.get(name), older.get(name)];
            expect([role, name, honest.some((file) => equalBytes(bytes, file ?? new Uint8Array()))]).toEqual([
              role,
              name,
              true,
            ]);
          }
        }
      });
    }
  }
});
