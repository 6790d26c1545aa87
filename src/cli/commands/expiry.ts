/** `expiry`: lists when the metadata and the certificates of a repository expire. */

import { UsageError } from '../args/usage-error.ts';
import { plainText } from '../render/plugin-text.ts';
import { defineCommand } from '../spec/command-spec.ts';
import { archiveFlag } from './with/reading.ts';

export const expiry = defineCommand({
  path: ['expiry'],
  extension: true,
  operands: '[ GUN ]',
  surplus: 'refused',
  acceptsRepoList: true,
  short: 'Lists what of a collection expires when, and who can renew it',
  long:
    'Asks the trust server for the metadata of every role, also of those that have expired, and lists when each ' +
    'expires, when the certificates in root and delegations do, and who can renew them. What the server signs ' +
    'itself counts as good as long as the server goes on. Status 3 for what is to be renewed soon, 4 for what is ' +
    'almost or already over, 1 when the server could not be asked: what this machine has seen before is never ' +
    'taken for an answer.',
  examples: async () => (await import('../help/examples/expiry.ts')).expiry,
  flags: {
    archive: archiveFlag,
    at: {
      type: 'string',
      extension: true,
      usage: 'As it will be then: a date, a time, or +30d from now',
    },
    critical: {
      type: 'string',
      extension: true,
      usage: 'Status 4 when less than this is left; default 14d',
    },
    format: {
      type: 'string',
      extension: true,
      usage: 'Format of the output: table (default), json, prometheus, nagios or ics',
    },
    textfile: {
      type: 'string',
      extension: true,
      usage: "Write prometheus's format to this file in one step, for the textfile collector",
    },
    warn: { type: 'string', extension: true, usage: 'Status 3 when less than this is left; default 60d' },
  },
  gathers(invocation) {
    const { format, textfile } = invocation.flags;
    if (textfile === '' && !['prometheus', 'nagios', 'ics'].includes(format)) return undefined;
    return import('./with/expiry-report.ts').then(({ gatherExpiry }) => gatherExpiry(invocation.flags));
  },
  failed(words, message) {
    const plugin = words.includes('--format=nagios') || words[words.indexOf('--format') + 1] === 'nagios';
    // A plug-in that says nothing, or ends with 1, would pass for a warning.
    return plugin ? { text: `NOTARY UNKNOWN - ${plainText(message)}\n`, status: 3 } : undefined;
  },
  async run(context, { args, flags }) {
    const [gun] = args;
    if (gun === undefined) throw new UsageError('Must specify a GUN');
    const { runExpiry } = await import('./with/expiry-report.ts');
    return runExpiry(context, gun, flags);
  },
});
