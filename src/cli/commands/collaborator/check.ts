/** `collaborator check`: finds keys without names, names without keys, and people who should have gone. */

import type { NameFinding } from '../../../collaborators/check-names.ts';
import type { JsonData } from '../../../encoding/to-plain-json.ts';
import { terminalSafe } from '../../render/terminal-escape.ts';
import type { CommandContext } from '../../spec/command-context.ts';
import { defineCommand, type Shown } from '../../spec/command-spec.ts';
import { publishedNames } from './published-names.ts';

/** The answer needs attention. */
const attention = 3;

export const collaboratorCheck = defineCommand({
  path: ['collaborator', 'check'],
  operands: '[ GUN ] ...',
  surplus: 'checked',
  acceptsRepoList: true,
  short: 'Finds keys without names, and people who should have gone',
  long:
    'Reads the delegations of published collections and finds keys without a name, one person who alone ' +
    'reaches a threshold, and collaborators whose last day has passed and who still have a key; and names ' +
    'without keys in the file. Without a GUN it looks at the file alone. The exit status is 0 when nothing is ' +
    'found, 3 when something is, and 1 when the server could not be asked.',
  examples: async () => (await import('../../help/examples/collaborators.ts')).check,
  flags: {},
  async run(context, { args }): Promise<Shown> {
    const checked: Checked[] = [];
    if (args.length === 0) checked.push(await checkFileAlone(context));
    for (const gun of args) checked.push(await checkGun(context, gun));
    const { findingData, findingsText } = await import('../../render/collaborators.ts');
    const found = checked.some(({ findings }) => findings.length > 0);
    const dataOf = ({ gun, file, findings }: Checked): JsonData => ({
      ...(gun === undefined ? {} : { gun }),
      ...{ file, findings: findings.map(findingData) },
    });
    return {
      status: found ? attention : 0,
      json: () => undefined,
      jsonLines: () => checked.map(dataOf),
      text: (layout) =>
        checked
          .map(({ gun, findings }) => {
            const heading = gun === undefined || checked.length === 1 ? '' : terminalSafe`${gun}:` + '\n';
            return heading + findingsText(findings, layout);
          })
          .join(''),
    };
  },
});

interface Checked {
  readonly gun?: string;
  readonly file: string;
  readonly findings: readonly NameFinding[];
}

async function checkFileAlone(context: CommandContext): Promise<Checked> {
  const store = await context.openCollaborators();
  const { loadCollaborators } = await import('../../../collaborators/load-file.ts');
  const { checkFile } = await import('../../../collaborators/check-names.ts');
  return {
    file: store.path,
    findings: checkFile(await loadCollaborators(store), context.clock.now()),
  };
}

async function checkGun(context: CommandContext, gun: string): Promise<Checked> {
  const store = await context.openCollaborators();
  const { delegations, names } = await publishedNames(context, store, gun, true);
  const { checkRoles } = await import('../../../collaborators/check-names.ts');
  return { gun, file: store.path, findings: checkRoles(gun, delegations, names, context.clock.now()) };
}
