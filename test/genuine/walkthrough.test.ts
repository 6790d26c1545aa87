import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { available } from '../support/genuine/programs.ts';
import { genuineStage, type Stage } from '../support/genuine/stage.ts';
import { normaliser, withoutOwnRecords } from '../walkthrough/normalise.ts';
import { type Performance, perform } from '../walkthrough/perform.ts';
import { walkthrough } from '../walkthrough/steps.ts';
import { expectWhole } from './served.ts';

type Client = 'notary' | 'tsnotary';

const turns: Readonly<Record<string, Performance['client']>> = {
  'tsnotary alone': () => 'tsnotary',
  'notary and tsnotary in turn, notary first': (index) => (index % 2 === 0 ? 'notary' : 'tsnotary'),
  'notary and tsnotary in turn, tsnotary first': (index) => (index % 2 === 0 ? 'tsnotary' : 'notary'),
  // Pairs, so that each command follows on work of the same and of the other client.
  'two steps each': (index) => (index % 4 < 2 ? 'notary' : 'tsnotary'),
};

describe.skipIf(!available('notary', 'notary-server', 'openssl'))(
  'the delegation page on a genuine server',
  () => {
    let stage: Stage;
    let reference: readonly Shown[];
    beforeAll(async () => {
      stage = await genuineStage();
      reference = await performOn('reference', () => 'notary');
    });
    afterAll(() => stage.close());

    interface Shown {
      readonly command: string;
      readonly status: number;
      readonly stdout: string;
      readonly stderr: string;
    }

    /** Works through the page in homes of its own; after each publish the collection must be whole. */
    async function performOn(name: string, client: (index: number) => Client): Promise<readonly Shown[]> {
      const gun = `docker.io/alice/demo-${name}`;
      const people = {
        owner: stage.home(`${name}/o/owner`),
        collaborator: stage.home(`${name}/c/collaborator`),
      };
      const performed = await perform({
        gun,
        people,
        client,
        after: async ({ step, args, outcome }) => {
          const published = args[0] === 'publish' || args[1] === 'rotate';
          if (step.program === 'client' && published && outcome.status === 0) await expectWhole(stage, gun);
        },
      });
      const normalise = normaliser();
      const own = (text: string) => normalise(text.replaceAll(gun, 'GUN').replaceAll('tsnotary', 'notary'));
      return performed
        .filter(({ step }) => step.program === 'client')
        .map(({ args, outcome: { status, stdout, stderr } }) => {
          const records = withoutOwnRecords(stderr);
          const command = own(args.join(' '));
          // tsnotary keeps the refusal of `verify` out of pipes: it goes to standard error.
          return args[0] === 'verify'
            ? { command, status, stdout: own(stdout + records), stderr: '' }
            : { command, status, stdout: own(stdout), stderr: own(records) };
        });
    }

    it('is worked through by notary itself', () => {
      expect(reference).toHaveLength(walkthrough.filter(({ program }) => program === 'client').length);
    });

    for (const [name, client] of Object.entries(turns)) {
      it(`prints what notary prints, with ${name}`, async () => {
        const shown = await performOn(name.replace(/[^a-z]+/g, '-'), client);
        expect(shown).toEqual(reference);
      });
    }
  },
);
