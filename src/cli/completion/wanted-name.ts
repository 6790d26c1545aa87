/** Tells which kind of name stands at a place of a command line: read off the arguments and flags of the specs. */

import type { FlagSetting } from '../args/pflag.ts';
import type { CommandNode } from '../spec/command-tree.ts';

/** `role` is `targets` or a delegation; `key` is a private key here, `signer` the key of a delegation. A `collaborator` is a name of the file; keys have those, too. */
export type NameKind =
  | 'gun'
  | 'role'
  | 'delegation'
  | 'base role'
  | 'key role'
  | 'target'
  | 'key'
  | 'signer'
  | 'collaborator';

/** A name that is being typed. */
export interface WantedName {
  readonly kind: NameKind;
  /** What is typed of it. */
  readonly start: string;
  /** What stands before it in the same word: the earlier items of a list with commas. */
  readonly before: string;
  /** The value of a flag that takes a list: a comma would part the name. */
  readonly listed: boolean;
  /** The arguments before it; the first is the GUN for commands that take one, empty where `--repos` stands for it. */
  readonly args: readonly string[];
  readonly settings: readonly FlagSetting[];
}

/** By the words for arguments in `operands` of a spec. */
const kindsOfOperands: Readonly<Record<string, NameKind>> = {
  GUN: 'gun',
  target: 'target',
  Role: 'delegation',
  role: 'role',
  'key role': 'base role',
  keyID: 'key',
  'KeyID 1': 'signer',
  collaborator: 'collaborator',
};

/** By the names of flags; by command and flag where a flag means files elsewhere. */
const kindsOfFlags: Readonly<Record<string, NameKind>> = {
  gun: 'gun',
  roles: 'role',
  role: 'key role',
  'key export --key': 'key',
  'delegation purge --key': 'signer',
};

type Place = Pick<WantedName, 'args' | 'settings'>;

/** The name that the next argument of a command is; undefined for anything else. */
export function wantedArgument(
  node: CommandNode,
  { args, settings }: Place,
  word: string,
): WantedName | undefined {
  const shift = settings.some(({ name }) => name === 'repos') ? [''] : [];
  const all = [...shift, ...args];
  const operands = operandsOf(node.spec?.operands ?? '');
  const last = operands.at(-1) === '...' ? operands.at(-2) : undefined;
  const operand = operands.filter((one) => one !== '...')[all.length] ?? last;
  const kind = operand === undefined ? undefined : kindsOfOperands[operand];
  // What `init` makes is not here yet.
  if (kind === undefined || node.path[0] === 'init') return undefined;
  return { kind, start: word, before: '', listed: false, args: all, settings };
}

/** The name that the value of a flag is; undefined for anything else. */
export function wantedValue(
  node: CommandNode,
  flag: string,
  { args, settings }: Place,
  word: string,
): WantedName | undefined {
  const kind = kindsOfFlags[`${node.path.join(' ')} --${flag}`] ?? kindsOfFlags[flag];
  if (kind === undefined) return undefined;
  const listed = node.flags.get(flag)?.type === 'strings';
  const cut = listed ? word.lastIndexOf(',') + 1 : 0;
  return { kind, start: word.slice(cut), before: word.slice(0, cut), listed, args, settings };
}

/** The arguments of a spec one by one, without their brackets; `...` stands for more of the last. */
function operandsOf(text: string): readonly string[] {
  return [...text.matchAll(/\[ ([^\][]*) \]|<([^<>]*)>|(\S+)/g)].map(
    ([, one, other, bare]) => one ?? other ?? bare ?? '',
  );
}
