/** Renders archives: what was kept, what a file holds, and what verifying it has found. */

import type { VerifiedRepository } from '../../client/archive/verify-repository.ts';
import type { KeyName, KeyNames, NameSource } from '../../collaborators/names.ts';
import type { CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import type { JsonData } from '../../encoding/to-plain-json.ts';
import type { Finding } from '../../review/finding.ts';
import { findingData } from './differences.ts';
import { factTable, listTable } from './fact-table.ts';
import { findingText } from './finding-text.ts';
import { escapeForTerminal, terminalSafe } from './terminal-escape.ts';
import { type Layout, shownId, unlimited, type View } from './view.ts';
import { helpWidth, wrapLine } from './wrap.ts';

/** A repository in an archive, as its record and the server say it: nothing of that is verified. */
export interface ArchivedRepository {
  readonly gun: string;
  readonly server: string;
  /** RFC 3339; undefined without a timestamp. */
  readonly asOf: string | undefined;
  readonly history: boolean;
  readonly files: number;
  /** Of them, those of earlier versions. */
  readonly earlier: number;
  readonly bytes: number;
  readonly findings: readonly Finding[];
}

/** A finding with its mark, wrapped at the width of a terminal. */
function findingLine(finding: Finding, layout: Layout): string {
  const width = layout.terminal ? layout.columns() : undefined;
  const line = `! ${findingText(finding, layout)}`;
  return `${width === undefined || width === 0 ? line : wrapLine(line, helpWidth(width), 2)}\n`;
}

/** Findings of the container concern no key. */
const unnamed: KeyNames = { of: () => ({ nameSource: 'none' }) };

/** A repository that could not be archived. */
export interface FailedArchiving {
  readonly gun: string;
  readonly code: string;
  readonly message: string;
}

export interface CreatedArchive {
  readonly file: string;
  /** False when no repository could be read: then the file is as it was. */
  readonly written: boolean;
  readonly repositories: readonly ArchivedRepository[];
  readonly failed: readonly FailedArchiving[];
}

export const archiveCreatedView: View<CreatedArchive> = {
  json: ({ file, written, repositories, failed }) => ({
    ...{ file, written, repositories: repositories.map(repositoryData) },
    failed: failed.map((one) => ({ ...one })),
  }),
  text({ file, written, repositories }, layout = unlimited) {
    if (!written) return '';
    const problems = repositories.flatMap(({ gun, findings }) =>
      findings.map((finding) => `! ${escapeForTerminal(gun)}: ${findingText(finding, layout)}\n`),
    );
    const count = `${repositories.length} ${repositories.length === 1 ? 'repository' : 'repositories'}`;
    return `${tableOf(repositories, layout)}${problems.join('')}${terminalSafe`Wrote ${file}: ${count}`}\n`;
  },
};

export interface ListedArchive {
  readonly file: string;
  readonly repositories: readonly ArchivedRepository[];
}

export const archiveListView: View<ListedArchive> = {
  json: ({ file, repositories }) => ({ file, repositories: repositories.map(repositoryData) }),
  text: ({ file, repositories }, layout = unlimited) =>
    `${tableOf(repositories, layout)}${terminalSafe`Nothing of it was verified; that does: tsnotary archive verify ${file}`}\n`,
};

function repositoryData({
  gun,
  server,
  asOf,
  history,
  files,
  earlier,
  bytes,
  findings,
}: ArchivedRepository): JsonData {
  return {
    ...{
      gun,
      server,
      history,
      files,
      earlier,
      bytes,
      findings: findings.map((one) => findingData(one, unnamed)),
    },
    ...(asOf !== undefined && { asOf }),
  };
}

function tableOf(repositories: readonly ArchivedRepository[], layout: Layout): string {
  const rows = repositories.map(({ gun, asOf, files, earlier, bytes }) => [
    ...[gun, asOf === undefined ? 'no timestamp' : minutes(asOf)],
    ...[String(files), String(earlier), String(bytes)],
  ]);
  const servers = [...new Set(repositories.map(({ server }) => server))];
  const from = servers.map((server) => terminalSafe`from ${server}` + '\n').join('');
  return `${listTable(['REPOSITORY', 'AS OF', 'FILES', 'EARLIER', 'BYTES'], rows, layout)}${from}`;
}

function minutes(time: string): string {
  return `${time.slice(0, 10)} ${time.slice(11, 16)}`;
}

/** What verifying an archived repository has found, with the names of keys. */
export interface ShownVerification extends VerifiedRepository {
  readonly names: ArchivedNames;
}

/** Names of keys: those that the archive brings along are the word of the one who made it. */
export interface ArchivedNames {
  of(keyId: CanonicalKeyId): Omit<KeyName, 'nameSource'> & { readonly nameSource: NameSource | 'archive' };
}

export interface VerifiedArchive {
  readonly file: string;
  readonly repositories: readonly ShownVerification[];
  /** Of the container. */
  readonly findings: readonly Finding[];
}

/** One document for the container, where there is something to say of it, then one for each repository. */
export function verificationLines({ file, repositories, findings }: VerifiedArchive): readonly JsonData[] {
  return [
    ...(findings.length > 0 ? [{ file, findings: findings.map((one) => findingData(one, unnamed)) }] : []),
    ...repositories.map(verificationData),
  ];
}

function verificationData({
  gun,
  server,
  asOf,
  vouchedUntil,
  at,
  roles,
  files,
  earlier,
  findings,
  names,
}: ShownVerification): JsonData {
  return {
    ...{ gun, server, files, earlier, verified: verdict(findings) === verdicts.verified },
    ...(asOf !== undefined && { asOf }),
    ...(vouchedUntil !== undefined && { vouchedUntil }),
    ...(at !== undefined && { at }),
    roles: roles.map(({ role, version, targets, signers }) => ({
      ...{ role, version, targets },
      signers: signers.map((keyId) => ({ keyId, ...names.of(keyId) })),
    })),
    findings: findings.map((one) => findingData(one, unnamed)),
  };
}

export function verificationText(
  { repositories, findings }: VerifiedArchive,
  layout: Layout = unlimited,
): string {
  const container = findings.map((finding) => findingLine(finding, layout)).join('');
  return [
    ...(container === '' ? [] : [container]),
    ...repositories.map((one) => repositoryText(one, layout)),
  ].join('\n');
}

const verdicts = {
  verified: 'Verified',
  incomplete: 'Verified, and incomplete',
  failed: 'NOT verified',
} as const;

function verdict(findings: readonly Finding[]): string {
  if (findings.some(({ severity }) => severity === 'error')) return verdicts.failed;
  return findings.some(({ severity }) => severity === 'warning') ? verdicts.incomplete : verdicts.verified;
}

function repositoryText(data: ShownVerification, layout: Layout): string {
  const { gun, server, asOf, vouchedUntil, at, roles, files, earlier, findings, names } = data;
  const facts: readonly (readonly [string, string])[] = [
    ['as of', asOf ?? 'not known: there is no timestamp'],
    ['vouched for until', vouchedUntil ?? 'not known: there is no timestamp'],
    ...(at === undefined || at === asOf ? [] : [['verified as of', at] as const]),
    ['server', `${server} (as the archive says)`],
    ['files', earlier === 0 ? String(files) : `${files}, ${earlier} of them of earlier versions`],
  ];
  const rows = roles.map(({ role, version, targets, signers }) => [
    ...[role, String(version), String(targets)],
    signers.map((keyId) => signerText(keyId, names, layout)).join(', '),
  ]);
  const table = rows.length === 0 ? '' : listTable(['ROLE', 'VERSION', 'TARGETS', 'SIGNED BY'], rows, layout);
  const problems = findings.map((finding) => findingLine(finding, layout)).join('');
  return `${escapeForTerminal(gun)}\n${factTable(facts, layout)}${table}${problems}${verdict(findings)}\n`;
}

function signerText(keyId: CanonicalKeyId, names: ArchivedNames, layout: Layout): string {
  const { collaborator, nameSource } = names.of(keyId);
  if (collaborator === undefined || nameSource === 'certificate') return shownId(keyId, layout);
  return nameSource === 'archive' ? `${collaborator} (archive)` : collaborator;
}
