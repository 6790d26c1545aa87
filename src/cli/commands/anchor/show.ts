/** `anchor show`: says which root is trusted for a collection, and why. */

import { NotaryError } from '../../../errors.ts';
import { goQuote } from '../../../go/quote.ts';
import type { Finding } from '../../../review/finding.ts';
import { UsageError } from '../../args/usage-error.ts';
import type { ShownAnchor } from '../../render/anchor.ts';
import { terminalSafe } from '../../render/terminal-escape.ts';
import type { CommandContext } from '../../spec/command-context.ts';
import { defineCommand, rendered, type Shown } from '../../spec/command-spec.ts';
import { archiveFlag, openForReading } from '../with/reading.ts';

const formats = ['text', 'fingerprint', 'pem', 'pin', 'json'] as const;
type Format = (typeof formats)[number];

export const anchorShow = defineCommand({
  path: ['anchor', 'show'],
  operands: '[ GUN ]',
  surplus: 'refused',
  acceptsRepoList: true,
  short: 'Shows which root is trusted, and why',
  long:
    'Shows the root that this machine trusts for a collection: its keys and certificates with their fingerprints, ' +
    'until when they are good, and what the trust pins of Notary and of the Docker engine say of it. Where no root is ' +
    'trusted yet it shows the one that the server serves, and says so. Nothing is written. The exit status is 0 when ' +
    'all is well, 3 when something needs attention (nothing is trusted yet, something has expired), 4 when the root ' +
    'contradicts a pin or its file is damaged, and 1 when the server was needed and could not be asked.',
  examples: async () => (await import('../../help/examples/anchors.ts')).show,
  flags: {
    archive: archiveFlag,
    format: {
      type: 'string',
      extension: true,
      default: 'text',
      usage: 'What to show: text, json, or only fingerprint, pem or pin (for the configuration)',
    },
  },
  async run(context, { args, flags }) {
    const [gun] = args;
    if (gun === undefined) throw new UsageError('Must specify a GUN');
    const format = formatOf(flags.format);
    const { archive } = flags;
    const archived = archive === '' ? undefined : await openForReading(context, gun, { archive, at: '' });
    const local = archived ?? (await context.openRepository(gun, 'offline', 'read-only'));
    const { showAnchor } = await import('../../../client/anchor/show-anchor.ts');
    const { statusOf } = await import('../../../review/finding.ts');
    const { dockerSide } = await import('./docker-side.ts');
    const online = async () => archived ?? context.openRepository(gun, 'pull', 'read-only');
    const shown = await showAnchor(local, online, local.clock.now());
    const docker = await dockerSide(context, gun, shown);
    const findings = [...shown.findings, ...docker.findings]
      .map(withoutThisCommand)
      .map((finding) => (archive === '' ? finding : ofArchive(finding)));
    const { disableTofu } = local.pinning;
    const data: ShownAnchor = {
      ...{ ...shown, ...docker, gun, disableTofu, findings },
      ...(archive !== '' && { archive }),
    };
    const { anchorView } = await import('../../render/anchor.ts');
    const status = statusOf(findings);
    const result = { ...rendered(anchorView, data), status };
    return format === 'text' || format === 'json' ? result : partOf(context, data, format, result);
  },
});

function ofArchive(finding: Finding): Finding {
  return { ...finding, message: finding.message.replace('what the server serves', 'what the archive holds') };
}

/** What points to this very command helps no more. */
function withoutThisCommand(finding: Finding): Finding {
  const { hint, ...rest } = finding;
  return hint?.command[1] === 'anchor' && hint.command[2] === 'show' ? rest : finding;
}

function formatOf(given: string): Format {
  const format = formats.find((one) => one === given);
  if (format !== undefined) return format;
  throw new NotaryError(
    'INVALID_FLAG',
    `invalid argument ${goQuote(given)} for "--format" flag: it must be one of ${formats.join(', ')}`,
  );
}

/** For a script, which gets nothing of a file that cannot be believed; what needs attention goes to the log. */
function partOf(
  context: CommandContext,
  data: ShownAnchor,
  format: Exclude<Format, 'text' | 'json'>,
  result: Shown,
): Shown {
  for (const { code, message } of data.findings) context.log.warn(message, code);
  const keys = data.state === 'damaged' ? [] : (data.root?.keys ?? []);
  const leaves = keys.flatMap(({ certificates }) => certificates.slice(0, 1));
  const text = {
    fingerprint: () => leaves.map(({ fingerprint }) => `${fingerprint}\n`).join(''),
    pem: () => keys.map(({ pem }) => pem).join(''),
    pin: () => (keys.length === 0 ? '' : pinText(data.gun, keys)),
  }[format];
  return { ...result, text };
}

function pinText(gun: string, keys: NonNullable<ShownAnchor['root']>['keys']): string {
  const ids = keys.map(({ tufKeyId }) => tufKeyId);
  return terminalSafe`${JSON.stringify({ trust_pinning: { certs: { [gun]: ids } } })}` + '\n';
}
