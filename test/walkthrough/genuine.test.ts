import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { available } from '../support/genuine/programs.ts';
import { expectWhole } from '../support/genuine/served-files.ts';
import { genuineStage, type ServerKind, type Stage } from '../support/genuine/stage.ts';
import { normaliser, withoutOwnRecords } from '../support/normalise-output.ts';
import { performWithDocker, type Shown } from './docker.ts';
import { type Performance, perform } from './perform.ts';
import { walkthrough } from './steps.ts';

type Client = 'notary' | 'tsnotary';

const turns: Readonly<Record<ServerKind, Readonly<Record<string, Performance['client']>>>> = {
  genuine: {
    'tsnotary alone': () => 'tsnotary',
    'notary and tsnotary in turn, notary first': (index) => (index % 2 === 0 ? 'notary' : 'tsnotary'),
    'notary and tsnotary in turn, tsnotary first': (index) => (index % 2 === 0 ? 'tsnotary' : 'notary'),
    // Pairs, so that each command follows on work of the same and of the other client.
    'two steps each': (index) => (index % 4 < 2 ? 'notary' : 'tsnotary'),
  },
  sandbox: {
    'tsnotary alone': () => 'tsnotary',
    'notary alone': () => 'notary',
    'two steps each': (index) => (index % 4 < 2 ? 'notary' : 'tsnotary'),
  },
};

/** Works through the page in homes of its own; after each publish the collection must be whole. */
async function performOn(
  stage: Stage,
  name: string,
  client: (index: number) => Client,
): Promise<readonly Shown[]> {
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

describe.skipIf(!available('notary', 'notary-server', 'openssl'))('the delegation page', () => {
  const stages: Partial<Record<ServerKind, Stage>> = {};
  let reference: readonly Shown[];
  const stageOf = (kind: ServerKind): Stage => {
    const stage = stages[kind];
    if (stage === undefined) throw new Error(`there is no stage with the ${kind} server`);
    return stage;
  };
  beforeAll(async () => {
    stages.genuine = await genuineStage();
    stages.sandbox = await genuineStage({ kind: 'sandbox' });
    reference = await performOn(stageOf('genuine'), 'reference', () => 'notary');
  });
  afterAll(async () => {
    await stages.genuine?.close();
    await stages.sandbox?.close();
  });

  it('the delegation page is worked through by notary itself', () => {
    expect(reference).toHaveLength(walkthrough.filter(({ program }) => program === 'client').length);
  });

  for (const kind of ['genuine', 'sandbox'] as const) {
    for (const [name, client] of Object.entries(turns[kind])) {
      it(`tsnotary prints what notary prints on the delegation page, with ${name}, server: ${kind}`, async () => {
        const shown = await performOn(stageOf(kind), name.replace(/[^a-z]+/g, '-'), client);
        expect(shown).toEqual(reference);
      });
    }
  }
});

describe.skipIf(!available('docker', 'notary-server', 'openssl'))('delegations with the Docker CLI', () => {
  it('delegations with the Docker CLI come out on a sandbox as on the genuine server', async () => {
    const performedOn = async (kind: ServerKind) => {
      const stage = await genuineStage({ kind, docker: true });
      try {
        const numbered = normaliser();
        const normalise = (text: string) =>
          numbered(text)
            .replace(/\/\S+(\/collaborator\/work\/)/g, '<home>$1')
            // Docker shortens IDs of keys, except in JSON.
            .replace(/^(bob +)[0-9a-f]{12}$/gm, '$1<short>');
        const shown = await performWithDocker(stage);
        return shown.map(({ command, status, stdout, stderr }) => ({
          ...{ command: normalise(command), status },
          ...{ stdout: normalise(stdout), stderr: normalise(stderr) },
        }));
      } finally {
        await stage.close();
      }
    };
    const genuine = await performedOn('genuine');
    expect(await performedOn('sandbox')).toEqual(genuine);
    // Fails where there is nothing to look at, to pull or to revoke.
    expect(genuine.map(({ status }) => status).join('')).toBe('01000000010100010');
  });
});
