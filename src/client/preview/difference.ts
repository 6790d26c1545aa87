/** Models the difference of two states of a repository: what has changed, and what has changed for the worse. */

import { compare, type StateChange } from '../../review/compare.ts';
import { type Finding, newFindings } from '../../review/finding.ts';
import { judge } from '../../review/judge.ts';
import type { RepositoryState } from '../../review/state.ts';

/** Two states, what differs, and what gets worse. */
export interface Difference {
  readonly before: RepositoryState;
  readonly after: RepositoryState;
  readonly changes: readonly StateChange[];
  readonly findings: readonly Finding[];
  /** True when the server does not have the repository yet. */
  readonly initial: boolean;
}

/** What differs between two states, and what is worse in the second one. */
export function difference(
  before: RepositoryState,
  after: RepositoryState,
  at: Date,
): Omit<Difference, 'initial'> {
  const findings = newFindings(judge(after, at), judge(before, at));
  return { before, after, changes: compare(before, after), findings };
}
