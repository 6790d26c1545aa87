/** A server that gives its root and no timestamp: the cache must not answer for it where a command looks first. */

import { beforeEach, describe, expect, it } from 'vitest';
import { loadForPreview, previewPublish } from '../../src/client/preview/preview.ts';
import { update } from '../../src/client/update/update.ts';
import { type Actor, actor } from '../support/actor.ts';
import { ForgedCollection } from '../support/forged-repository.ts';
import { days, memoryClock } from '../support/memory-ports.ts';
import { edited } from '../support/metadata-author.ts';
import { failureOf } from '../support/refusal.ts';

let collection: ForgedCollection;
let reader: Actor;

beforeEach(async () => {
  collection = new ForgedCollection({ delegations: ['targets/a'] });
  const soon = new Date(collection.now.getTime() + days(13)).toISOString();
  collection.contents.set('timestamp', edited(collection.content('timestamp'), ['expires'], soon));
  collection.settleTimestamp();
  reader = actor(collection.server, memoryClock(), collection.gun);
  await update(reader);
});

describe('G35 a look at what is published, where the server does not say what that is', () => {
  it.each([
    [503, 'SERVER_UNAVAILABLE'],
    [404, 'METADATA_NOT_FOUND'],
    [401, 'UNAUTHORIZED'],
  ])(
    'a look fails where the timestamp is answered with %i, and does with what was seen when it was asked to',
    async (status, code) => {
      collection.server.statuses.set('timestamp', status);
      expect((await failureOf(previewPublish(reader))).code).toBe(code);
      // By this a revocation says that a key is in no role.
      expect((await failureOf(loadForPreview(reader, false))).code).toBe(code);
      expect((await loadForPreview(reader, true)).initial).toBe(false);
    },
  );
});
