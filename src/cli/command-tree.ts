/** The commands as a tree of words, in order of registration, and the flags that hold at each place. */

import type { CommandSpec, FlagSpec, FlagSpecs, GroupSpec } from './command-spec.ts';
import { globalFlags, rootFlags } from './global-flags.ts';
import { manyFlags } from './many/flags.ts';

export interface CommandNode {
  /** The last word of the path; the program's name for the root. */
  readonly name: string;
  readonly path: readonly string[];
  readonly short: string;
  readonly long: string;
  /** Notary 0.7.0 does not have it, nor what is below it. */
  readonly own: boolean;
  /** Undefined for the root and for groups. */
  readonly spec: CommandSpec | undefined;
  readonly children: CommandNode[];
  /** Flags declared here, without the global ones. */
  readonly flags: ReadonlyMap<string, FlagSpec>;
}

/** The name that usage and messages show. */
export const programName = 'tsnotary';

const rootLong =
  'Signs the contents of trusted collections, publishes them to a Notary server, and checks what others\n' +
  'have signed. Every collection has a globally unique name (GUN) such as docker.io/user/image.';

const helpLong = 'Shows what a command does, its arguments and its flags.';

/** Builds the tree. Groups must come before their commands; the order is the order of suggestions. */
export function commandTree(specs: readonly (CommandSpec | GroupSpec)[]): CommandNode {
  const root = node(programName, [], 'Signs and checks trusted collections.', rootLong, undefined);
  for (const spec of specs) {
    let parent = root;
    for (const word of spec.path.slice(0, -1)) parent = findChild(parent, word) ?? parent;
    const name = spec.path[spec.path.length - 1] ?? '';
    const command = 'run' in spec ? spec : undefined;
    const own = 'own' in spec && spec.own;
    parent.children.push({ ...node(name, spec.path, spec.short, spec.long, command), own });
  }
  root.children.push(node('help', ['help'], 'Help about any command', helpLong, undefined));
  return root;
}

/** The child of a node with exactly this name. */
export function findChild(parent: CommandNode, name: string): CommandNode | undefined {
  return parent.children.find((child) => child.name === name);
}

/** All flags that may be given at a node, except `--help`. */
export function flagsAt(place: CommandNode): ReadonlyMap<string, FlagSpec> {
  return new Map([...Object.entries(globalFlags), ...place.flags]);
}

function node(
  name: string,
  path: readonly string[],
  short: string,
  long: string,
  spec: CommandSpec | undefined,
): CommandNode {
  const own = path.length === 0 ? rootFlags : (spec?.flags ?? {});
  const flags: FlagSpecs = spec?.many === true ? { ...own, ...manyFlags } : own;
  return { name, path, short, long, own: false, spec, children: [], flags: new Map(Object.entries(flags)) };
}
