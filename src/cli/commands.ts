/** All commands in order of registration, which is the order of suggestions. */

import type { CommandSpec, GroupSpec } from './command-spec.ts';
import { version } from './commands/version.ts';

export const commands: readonly (CommandSpec | GroupSpec)[] = [version];
