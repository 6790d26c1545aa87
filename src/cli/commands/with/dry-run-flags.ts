/** Declares the flags of a dry run, for commands whose effects can be looked at before they run. */

/** The flags of a command that can be looked at before it is run. */
export const dryRunFlags = {
  'dry-run': {
    type: 'bool',
    extension: true,
    usage: 'Show what would change and what would go wrong; write, sign and send nothing',
  },
  'exit-code': {
    type: 'bool',
    needs: 'dry-run',
    extension: true,
    usage: 'With --dry-run: status 3 if anything differs, 4 if a publish would fail',
  },
  full: { type: 'bool', needs: 'dry-run', extension: true, usage: 'With --dry-run: name every target' },
} as const;
