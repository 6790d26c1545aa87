/** What `diff` foretells of random staged changes, and what the publish then does. */

import { describe, expect, it } from 'vitest';
import type { Difference } from '../../src/client/preview/difference.ts';
import { previewPublish } from '../../src/client/preview/preview.ts';
import { stateOf } from '../../src/client/preview/published-state.ts';
import { publish } from '../../src/client/publish/publish.ts';
import { update } from '../../src/client/update/update.ts';
import { compare } from '../../src/review/compare.ts';
import { type RepositoryState, visibleTargets } from '../../src/review/state.ts';
import type { Actor } from '../support/actor.ts';
import { outcomeOf } from '../support/refusal.ts';
import { forCasesAsync, runs, seed, share } from '../support/seeded-random.ts';
import { type StagingWorld, stageSome, stagingWorld } from './review/random-staging.ts';

/** Staged and published one after the other in one collection. */
const roundsPerCase = 10;

const published = async ({ reader, owner }: StagingWorld): Promise<RepositoryState> =>
  stateOf(await update(reader()), owner.gun);

/** Everything that a preview could write to. */
const held = ({ cache, changelist, keyStorage, journal, uploads }: Actor) => [
  ...[new Map(cache.files), new Map(changelist.changes), new Map(keyStorage.files)],
  ...[new Map(journal.records), uploads.record],
];

/** `role name` of what readers find in the one and not in the other. */
function missing(from: RepositoryState, to: RepositoryState): readonly string[] {
  const left = visibleTargets(to);
  return [...visibleTargets(from)].flatMap(([role, targets]) =>
    [...targets.keys()].filter((name) => left.get(role)?.has(name) !== true).map((name) => `${role} ${name}`),
  );
}

/** `role name` of the findings of a code. */
const named = ({ findings }: Difference, code: string): readonly string[] =>
  findings
    .filter((finding) => finding.code === code)
    .flatMap(({ role = '', targets = [] }) => targets.map((name) => `${role} ${name}`));

/** `role name` of everything that is staged by name. */
function asked({ after }: Difference): ReadonlySet<string> {
  const names = after.staged?.asked ?? new Map<string, ReadonlySet<string>>();
  return new Set([...names].flatMap(([role, tags]) => [...tags].map((name) => `${role} ${name}`)));
}

describe('a preview of random changes', () => {
  it(`a publish of random staged changes does exactly what diff said, or fails where diff said so (seed ${seed})`, async () => {
    const counts = { published: 0, refused: 0, vanished: 0, returned: 0 };
    const rounds = runs(150);
    await forCasesAsync('previews', Math.ceil(rounds / roundsPerCase), async (random) => {
      const world = await stagingWorld(random);
      const { owner, server } = world;
      for (let round = 0; round < roundsPerCase; round++) {
        const before = await published(world);
        await stageSome(
          world,
          random,
          [...before.roles.keys()].filter((role) => role.includes('/')),
        );
        const [kept, said] = [held(owner), server.requests.length];
        const foretold = await previewPublish(owner);
        expect(held(owner)).toEqual(kept);
        expect(server.requests.slice(said).filter(({ method }) => method !== 'GET')).toEqual([]);
        expect(compare(foretold.before, before)).toEqual([]);
        const prevented = foretold.findings.filter(({ prevents }) => prevents === true);
        const failure = await outcomeOf(publish(owner));
        const after = await published(world);
        const what = `round ${round}: ${failure?.code ?? 'published'}`;
        expect([what, prevented.map(({ code }) => code)]).toEqual([
          what,
          failure === undefined ? [] : expect.arrayContaining([failure.code]),
        ]);
        if (failure !== undefined) {
          counts.refused++;
          expect(compare(before, after), what).toEqual([]);
          owner.changelist.changes.clear();
          continue;
        }
        counts.published++;
        expect(compare(before, after), what).toEqual(foretold.changes);
        const wanted = asked(foretold);
        const unasked = (lines: readonly string[]) => lines.filter((line) => !wanted.has(line)).sort();
        const [lost, back] = [unasked(missing(before, after)), unasked(missing(after, before))];
        expect([...named(foretold, 'TAGS_WOULD_VANISH')].sort(), what).toEqual(lost);
        expect([...named(foretold, 'TAGS_COME_BACK')].sort(), what).toEqual(back);
        counts.vanished += lost.length;
        counts.returned += back.length;
      }
    });
    console.log(JSON.stringify(counts));
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(share(rounds, 0.02));
  }, 600_000);
});
