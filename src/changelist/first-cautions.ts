/** Limits how many cautions of one kind are shown. */

import type { ErrorCode } from '../error-codes.ts';
import type { Caution } from '../ports/log.ts';

const maxCautions = 10;

export interface FewCautions {
  readonly caution: Caution;
  /** Says how many were left out. */
  readonly end: () => void;
}

/** Passes on so many cautions of each code, and counts the others. When strict, the first ends the work anyway. */
export function fewCautions(pass: Caution): FewCautions {
  const counts = new Map<ErrorCode, number>();
  return {
    caution: (code, message, details, refusal) => {
      const count = (counts.get(code) ?? 0) + 1;
      counts.set(code, count);
      if (count <= maxCautions) pass(code, message, details, refusal);
    },
    end: () => {
      for (const [code, count] of counts) {
        const left = count - maxCautions;
        if (left > 0) pass(code, `${left} more of this kind are not shown`, { count: left });
      }
    },
  };
}
