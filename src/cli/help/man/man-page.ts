/** Writes the man page from the specs that parse the command line and make the help. Only the build needs it. */

import { commands } from '../../commands.ts';
import { wrapCommand, wrapLine } from '../../render/wrap.ts';
import type { FlagSpec } from '../../spec/command-spec.ts';
import { type CommandNode, commandTree, programName } from '../../spec/command-tree.ts';
import { globalFlags, helpFlag, rootFlags } from '../../spec/global-flags.ts';
import { delegationGuide, keyGuide, sandboxGuide } from '../guides.ts';
import {
  configuration,
  configurationExample,
  environment,
  exitStatus,
  files,
  jsonText,
  manyText,
} from './reference.ts';
import { definitions, paragraph, screen, section, subsection, titleLine, verbatim } from './roff.ts';

/** The page in the language of man(7), for the given version of the program. */
export async function manPage(version: string): Promise<string> {
  const root = commandTree(commands);
  const shown: string[] = [];
  for (const node of runnable(root)) shown.push(await commandPart(node));
  return [
    titleLine(programName, version),
    section('NAME', `${programName} \\- sign and check trusted collections on a Notary server`),
    section(
      'SYNOPSIS',
      verbatim(`${programName} [flags] COMMAND [arguments]\n${programName} help [COMMAND]`),
    ),
    section('DESCRIPTION', paragraph(root.long)),
    section('COMMANDS', ...shown),
    section(
      'GLOBAL FLAGS',
      flagRows({ ...globalFlags, ...rootFlags, help: { ...helpFlag, usage: 'Show help' } }),
    ),
    section('DELEGATIONS', screen(delegationGuide)),
    section('KEYS', screen(keyGuide)),
    section('SANDBOX', screen(sandboxGuide)),
    section('MANY REPOSITORIES', paragraph(manyText)),
    section('JSON', paragraph(jsonText)),
    section(
      'CONFIGURATION',
      definitions(configuration),
      paragraph('For example:'),
      verbatim(configurationExample),
    ),
    section('ENVIRONMENT', definitions(environment)),
    section('FILES', definitions(files)),
    section('EXIT STATUS', definitions(exitStatus)),
    section('SEE ALSO', paragraph('notary(1), docker(1), openssl(1)')),
    '',
  ].join('\n');
}

function runnable(node: CommandNode): readonly CommandNode[] {
  const below = node.children.toSorted((one, other) => (one.name < other.name ? -1 : 1)).flatMap(runnable);
  return node.spec === undefined ? below : [node, ...below];
}

async function commandPart(node: CommandNode): Promise<string> {
  const operands = node.spec?.operands ?? '';
  const title = [programName, ...node.path, ...(operands === '' ? [] : [operands])].join(' ');
  const examples =
    (await node.spec?.examples())?.map(({ summary, line }) => exampleLines(summary, line)) ?? [];
  const flags = Object.fromEntries(node.flags);
  return subsection(
    title,
    paragraph(node.long),
    ...(node.flags.size === 0 ? [] : [flagRows(flags)]),
    verbatim(examples.join('')),
  );
}

/** Narrow enough for the indentation of an example on a terminal of 80 columns. */
const exampleWidth = 73;

function exampleLines(summary: string, line: string): string {
  const comment = wrapLine(`# ${summary}`, exampleWidth, 2).replaceAll('\n  ', '\n# ');
  return `${comment}\n${wrapCommand(line, exampleWidth)}\n`;
}

function flagRows(flags: Readonly<Record<string, FlagSpec>>): string {
  const rows = Object.entries(flags)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, { short, type, usage, default: fallback }]) => {
      const letter = short === undefined ? '' : `-${short}, `;
      const value = type === 'bool' ? '' : ` ${type}`;
      const given = fallback === undefined ? '' : ` (default ${fallback})`;
      return [`${letter}--${name}${value}`, `${usage}${given}.`] as const;
    });
  return definitions(rows);
}
