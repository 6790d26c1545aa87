/**
 * Limits how much metadata is read (decision 0014). Here, because adapters bound what they read as the engine does, and
 * may import `metadata`. The bound on the tree of one JSON document stands in `encoding/json-reader.ts`; those on
 * messages that are no metadata (headers, tokens, receipts) stand beside the readers of these, in `adapters`.
 */

const kibi = 1024;
const mebi = 1024 * kibi;

/** Bytes, and a reason for each. */
export const sizeLimits = {
  /** One download, and one file of this machine: Notary 0.7.0 bounds the download of a root by it. */
  download: 100 * mebi,
  /** One timestamp that is downloaded: as Notary 0.7.0. */
  timestamp: 1 * mebi,
  /**
   * A root, a snapshot or a timestamp: a server can make those up alone. A root that has been
   * rotated 10,000 times is smaller.
   */
  servedAlone: 16 * mebi,
  /** Any file: judging one takes a multiple of its length. A role of 500,000 targets is smaller. */
  file: 100 * mebi,
  /** All files with targets together: all of them are kept in memory. */
  tree: 256 * mebi,
  /** Files with targets that are fetched at the same time. */
  targetsUnderWay: 64 * mebi,
  /** Roots on the way to the newest that are fetched at the same time: at most 16, then, before one is judged. */
  rootsUnderWay: 64 * mebi,
  /** One root on the way, unless the newest is longer: those before it list fewer former certificates. */
  rootOnTheWay: 4 * mebi,
  /** All that one run downloads. A chain of a thousand ordinary roots stays below. */
  run: 1024 * mebi,
  /** An earlier root whose keys may have signed a delegation's file: many are looked at. */
  rootOfHistory: 4 * mebi,
  /** Earlier versions that are read for one role: nothing announces how long they are. */
  historyOfRole: 64 * mebi,
  /** Earlier versions that are read for all roles of a run. */
  history: 128 * mebi,
  /** What an earlier version may be longer than four times the present one. */
  historySlack: 1 * mebi,
  /** Files of other repositories on this machine that one run reads. */
  heldFiles: 128 * mebi,
} as const;

/**
 * Bytes that a file of a delegation counts for while it is fetched, however short it is said to be: no more than
 * 4,096 of them are asked for together.
 */
export const minWeight = 16 * kibi;

/** Rotations of the root since the one that is trusted: after more of them the newest root is refused. */
export const maxRootSteps = 1024;
