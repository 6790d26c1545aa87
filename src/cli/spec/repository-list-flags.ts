/** Declares and reads the flags of the commands that accept a list of repositories in place of one GUN. */

import { NotaryError } from '../../errors.ts';
import { goQuote } from '../../go/quote.ts';
import { defineFlags, type FlagValues, type Invocation } from './command-spec.ts';

const defaultJobs = 8;
const maxJobs = 64;

export const manyFlags = defineFlags({
  jobs: {
    type: 'int',
    extension: true,
    usage: `With --repos: how many repositories to work on at a time, 1 to ${maxJobs} (default ${defaultJobs})`,
  },
  repos: {
    type: 'string',
    extension: true,
    usage: 'File of GUNs, one a line, in place of the argument; - for standard input',
  },
});

/** What was asked for: the file with the list, and how many to work on at a time. */
export interface ManyRequest {
  readonly file: string;
  readonly jobs: number;
}

/**
 * Reads the two flags off a command line.
 *
 * @param given the names of the flags that are on the command line
 * @returns undefined when the command is meant for one GUN
 * @throws NotaryError INVALID_FLAG
 */
export function manyRequest(invocation: Invocation, given: ReadonlySet<string>): ManyRequest | undefined {
  const { repos, jobs } = invocation.flags as FlagValues<typeof manyFlags>;
  if (given.has('jobs') && (jobs < 1 || jobs > maxJobs)) {
    throw invalid('jobs', String(jobs), `it must be from 1 to ${maxJobs}`);
  }
  if (!given.has('repos')) return undefined;
  // An empty variable of a script must not make the next argument the GUN.
  if (repos === '') throw invalid('repos', '', 'it must name a file');
  return { file: repos, jobs: given.has('jobs') ? jobs : defaultJobs };
}

function invalid(flag: string, value: string, reason: string): NotaryError {
  return new NotaryError(
    'INVALID_FLAG',
    `invalid argument ${goQuote(value)} for "--${flag}" flag: ${reason}`,
  );
}
