/** Builds the tree of command words, in order of registration, with the flags that hold at each node. */

import type { CommandSpec, FlagSpec, FlagSpecs, GroupSpec } from './command-spec.ts';
import { globalFlags, rootFlags } from './global-flags.ts';
import { manyFlags } from './repository-list-flags.ts';

export interface CommandNode {
  /** The last word of the path; the program's name for the root. */
  readonly name: string;
  readonly path: readonly string[];
  readonly short: string;
  readonly long: string;
  /** Notary 0.7.0 does not have it, nor what is below it. */
  readonly extension: boolean;
  /** It follows docker's conventions, and so does what is below it. */
  readonly docker: boolean;
  /** Undefined for the root and for groups. */
  readonly spec: CommandSpec | undefined;
  /** Explains the whole job of a group. */
  readonly guide: GroupSpec['guide'];
  readonly children: CommandNode[];
  /** Flags declared here, without the global ones. */
  readonly flags: ReadonlyMap<string, FlagSpec>;
}

/** The name that usage and messages show. */
export const programName = 'tsnotary';

/** The commands below this word follow docker's conventions. */
const dockerGroup = 'trust';

const rootLong =
  'Signs the contents of trusted collections, publishes them to a Notary server, and checks what others ' +
  'have signed. Every collection has a globally unique name (GUN) such as docker.io/user/image.';

const helpLong =
  'Shows what a command does, its arguments, its flags and examples. For anchor, archive, collaborator, ' +
  'delegation, key, sandbox and trust it explains the whole job.';

/** Builds the tree. Groups must come before their commands; the order is the order of suggestions. */
export function commandTree(specs: readonly (CommandSpec | GroupSpec)[]): CommandNode {
  const root = node(programName, [], { short: 'Signs and checks trusted collections.', long: rootLong });
  for (const spec of specs) {
    let parent = root;
    for (const word of spec.path.slice(0, -1)) parent = findChild(parent, word) ?? parent;
    const name = spec.path[spec.path.length - 1] ?? '';
    parent.children.push(node(name, spec.path, spec));
  }
  root.children.push(node('help', ['help'], { short: 'Help about any command', long: helpLong }));
  return root;
}

/** The child of a node with exactly this name. */
export function findChild(parent: CommandNode, name: string): CommandNode | undefined {
  return parent.children.find((child) => child.name === name);
}

/** All flags that may be given at a node, except `--help`. */
export function flagsAt(place: CommandNode): ReadonlyMap<string, FlagSpec> {
  return new Map<string, FlagSpec>([...Object.entries(globalFlags), ...place.flags]);
}

function node(
  name: string,
  path: readonly string[],
  about: CommandSpec | Omit<GroupSpec, 'path'>,
): CommandNode {
  const { short, long } = about;
  const spec = 'run' in about ? about : undefined;
  const guide = 'guide' in about ? about.guide : undefined;
  const own = 'extension' in about && about.extension;
  const ownFlags = path.length === 0 ? rootFlags : (spec?.flags ?? {});
  const flags: FlagSpecs = spec?.acceptsRepoList === true ? { ...ownFlags, ...manyFlags } : ownFlags;
  let byName: ReadonlyMap<string, FlagSpec> | undefined;
  return {
    name,
    path,
    short,
    long,
    extension: own,
    docker: path[0] === dockerGroup,
    spec,
    guide,
    children: [],
    // A run looks at the flags of one command.
    get flags() {
      byName ??= new Map(Object.entries(flags));
      return byName;
    },
  };
}
