/** Renders expiry documents for other programs: one document for all repositories that were looked at. */

import type { ExpiryRow } from '../../client/expiry/rows.ts';
import { parseInstant } from '../../encoding/rfc3339.ts';
import { heldBy, type ShownExpiry } from './expiry.ts';
import { plainText } from './plugin-text.ts';

/** The repositories that were looked at, and those that could not be. */
export interface ExpiryReports {
  readonly reports: readonly ShownExpiry[];
  readonly failed: readonly { readonly gun: string; readonly reason: string }[];
  readonly now: Date;
}

/** @param format `table` and `json` have no such document */
export function expiryDocument(format: string, all: ExpiryReports): string {
  if (format === 'nagios') return nagios(all);
  return format === 'ics' ? calendar(all) : prometheus(all);
}

/** The text format of Prometheus: times are absolute, so that they do not go stale. */
function prometheus({ reports, failed, now }: ExpiryReports): string {
  const metadata: string[] = [];
  const certificates = new Map<string, number>();
  for (const report of reports) {
    for (const row of report.rows) {
      const { gun, names } = report;
      const { role, keyId = '' } = row;
      const seconds = parseInstant(row.expires) / 1000;
      if (row.what === 'metadata')
        metadata.push(`${labels({ gun, role, held_by: heldBy(row, names) })} ${seconds}`);
      else {
        const collaborator = keyId === '' ? '' : (names.of(keyId).collaborator ?? '');
        const series = labels({ gun, role, key: keyId, collaborator });
        // A key may have several certificates; a series that is there twice makes the whole file unusable.
        certificates.set(series, Math.min(seconds, certificates.get(series) ?? seconds));
      }
    }
  }
  const time = now.getTime() / 1000;
  const probes = [
    ...reports.map(({ gun }) => ({ gun, success: 1 })),
    ...failed.map(({ gun }) => ({ gun, success: 0 })),
  ];
  const families: readonly (readonly [string, string, readonly string[]])[] = [
    ['notary_metadata_expiry_timestamp_seconds', 'When the metadata of a role expires.', metadata],
    [
      'notary_certificate_expiry_timestamp_seconds',
      'When a certificate in root or in a delegation expires.',
      [...certificates].map(([series, seconds]) => `${series} ${seconds}`),
    ],
    [
      'notary_probe_success',
      'Whether the trust server answered with metadata that verifies.',
      probes.map(({ gun, success }) => `${labels({ gun })} ${success}`),
    ],
    [
      'notary_probe_timestamp_seconds',
      'When the trust server was asked.',
      probes.map(({ gun }) => `${labels({ gun })} ${time}`),
    ],
  ];
  const lines = families.flatMap(([name, help, samples]) =>
    samples.length === 0
      ? []
      : [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...samples.map((sample) => `${name}${sample}`)],
  );
  return lines.map((line) => `${line}\n`).join('');
}

function labels(values: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(values).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return `{${pairs.join(',')}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

/** One line with the worst first, performance data behind the bar, and a line for each thing that is wrong. */
function nagios({ reports, failed }: ExpiryReports): string {
  const wrong = reports
    .flatMap(({ gun, findings }) =>
      findings
        .filter(({ severity }) => severity !== 'note')
        .map(({ severity, message }) => ({ rank: severity === 'error' ? 3 : 1, text: `${gun}: ${message}` })),
    )
    .concat(failed.map(({ gun, reason }) => ({ rank: 2, text: `${gun}: could not look: ${reason}` })))
    .sort((one, other) => other.rank - one.rank);
  const worst = wrong[0]?.rank ?? 0;
  const word = ['OK', 'WARNING', 'UNKNOWN', 'CRITICAL'][worst] ?? 'OK';
  const [first] = wrong;
  const more = wrong.length > 1 ? ` (and ${wrong.length - 1} more)` : '';
  const summary =
    first === undefined ? `nothing expires soon in ${counted(reports.length)}` : `${first.text}${more}`;
  const performance = reports.map(({ gun, rows, warn, critical }) => {
    const own = rows.filter(({ heldByServer }) => !heldByServer).map(({ secondsLeft }) => secondsLeft);
    const least = own.reduce((least_, seconds) => Math.min(least_, seconds), Number.MAX_SAFE_INTEGER);
    return `'${gun.replaceAll("'", '')}'=${least}s;${warn / 1000}:;${critical / 1000}:`;
  });
  const details = wrong.map(({ text }) => plainText(text));
  const bar = performance.length === 0 ? '' : ` | ${performance.join(' ')}`;
  return `${[`NOTARY ${word} - ${plainText(summary)}${bar}`, ...details].join('\n')}\n`;
}

function counted(count: number): string {
  return `${count} ${count === 1 ? 'repository' : 'repositories'}`;
}

/** An event for each end that a holder of a key has to prevent (RFC 5545). */
function calendar({ reports, now }: ExpiryReports): string {
  const events = reports.flatMap((report) =>
    report.rows.filter(({ heldByServer }) => !heldByServer).flatMap((row) => event(report, row, now)),
  );
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//tsnotary//expiry//EN',
    ...events,
    'END:VCALENDAR',
  ];
  return lines.map((line) => `${folded(line)}\r\n`).join('');
}

function event({ gun, names }: ShownExpiry, row: ExpiryRow, now: Date): readonly string[] {
  const { role, what, expires, keyId = '', tufKeyId = '' } = row;
  const subject = what === 'metadata' ? role : `certificate in ${role}`;
  const holder = heldBy(row, names);
  return [
    'BEGIN:VEVENT',
    `UID:${escapeText([gun, role, what, tufKeyId === '' ? keyId : tufKeyId].join('/'))}@tsnotary`,
    `DTSTAMP:${utc(now.getTime())}`,
    `DTSTART:${utc(parseInstant(expires))}`,
    `SUMMARY:${escapeText(`${subject} of ${gun} expires`)}`,
    `DESCRIPTION:${escapeText(`Renewed by ${holder}: tsnotary renew ${gun}`)}`,
    'TRANSP:TRANSPARENT',
    'END:VEVENT',
  ];
}

/** `20270131T120000Z` */
function utc(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}

function escapeText(text: string): string {
  return text.replaceAll(/[\\;,]/g, '\\$&').replaceAll('\n', '\\n');
}

const lineLength = 75;

/** Lines have at most 75 octets; what follows stands on lines that begin with a blank. */
function folded(line: string): string {
  const parts: string[] = [];
  let part = '';
  let length = 0;
  for (const character of line) {
    const octets = Buffer.byteLength(character);
    if (length + octets > lineLength) {
      parts.push(part);
      part = ' ';
      length = 1;
    }
    part += character;
    length += octets;
  }
  return [...parts, part].join('\r\n');
}
