/** Renders roots of trust: which one is trusted, what pins say of it, and how fingerprints compare with it. */

import type { AnchorPin } from '../../client/anchor/anchor-pins.ts';
import type { AnchorCheck, CheckedFingerprint } from '../../client/anchor/check-anchor.ts';
import type { DescribedKey, DescribedRoot } from '../../client/anchor/described-root.ts';
import type { ShownRoot } from '../../client/anchor/show-anchor.ts';
import { keyNames } from '../../collaborators/names.ts';
import type { JsonData } from '../../encoding/to-plain-json.ts';
import type { Finding } from '../../review/finding.ts';
import { findingData } from './differences.ts';
import { factTable, listTable } from './fact-table.ts';
import { findingText } from './finding-text.ts';
import { escapeForTerminal } from './terminal-escape.ts';
import { type Layout, unlimited, type View } from './view.ts';

/** A pin of the Docker engine, and whether it names the root. */
export interface ShownEnginePin {
  readonly file: string;
  readonly setting: string;
  readonly pinnedFor: string;
  readonly ids: readonly string[];
  readonly mode: string;
  readonly verdict: string;
}

export interface ShownAnchor extends Omit<ShownRoot, 'verified'> {
  readonly gun: string;
  /** The archive that was read in place of the server. */
  readonly archive?: string;
  readonly disableTofu: boolean;
  readonly docker:
    | { readonly file: string; readonly version?: number; readonly relation: string }
    | undefined;
  readonly enginePins: readonly ShownEnginePin[];
}

export const anchorView: View<ShownAnchor> = {
  json: ({ gun, state, file, root, pins, disableTofu, docker, enginePins, findings }) => ({
    ...{ gun, state, file, firstSeen: null, disableTofu },
    root: root === undefined ? null : rootData(root),
    pins: pins.map(pinData),
    docker: docker === undefined ? null : { ...docker },
    enginePins: enginePins.map((pin) => ({ ...pin })),
    findings: findingsData(findings),
  }),
  text(data, layout = unlimited) {
    const { gun, pins, enginePins, findings } = data;
    const rows = [
      ...pins.map(pinRow),
      ...(data.disableTofu
        ? [['trust_pinning.disable_tofu', 'every GUN', 'without a pin, first use is refused']]
        : []),
      ...enginePins.map(({ file, setting, pinnedFor, mode, verdict }) => [
        ...[`${file} ${setting}`, pinnedFor],
        `${verdict}; counts for the Docker engine (mode ${mode})`,
      ]),
    ];
    const table = rows.length === 0 ? '' : `\n${listTable(['PINNED BY', 'FOR', 'SAYS'], rows, layout)}`;
    return `${escapeForTerminal(gun)}\n${factTable(facts(data), layout)}${table}${findingLines(findings, layout)}`;
  },
};

const states = {
  trusted: 'trusted on this machine',
  'not-trusted': 'served by the server, not yet trusted on this machine',
  damaged: 'in a damaged file: this is what it claims, unverified',
} as const;

function stateText(state: ShownAnchor['state'], archive: string | undefined): string {
  return archive !== undefined && state === 'not-trusted'
    ? `of the archive ${archive}, not yet trusted on this machine`
    : states[state];
}

function facts({
  archive,
  state,
  file,
  root,
  pins,
  docker,
  enginePins,
}: ShownAnchor): readonly (readonly [string, string])[] {
  const version = root === undefined ? 'none that can be believed' : `version ${root.version}`;
  const isPinned = pins.length > 0 || enginePins.length > 0;
  return [
    ['root', `${version}, ${stateText(state, archive)}`],
    ['file', file],
    ...(root === undefined ? [] : rootFacts(root)),
    ['first seen', 'not known: Notary keeps no record of it'],
    ...(isPinned ? [] : [['pinned by', 'nothing: the first root that was seen is trusted'] as const]),
    ...(docker === undefined ? [] : [['docker', dockerText(docker)] as const]),
  ];
}

/** Beside a key that vouches for nothing. */
export const unsignedMark = ' (has not signed this root)';

function rootFacts({
  expires,
  expired,
  threshold,
  keys,
}: DescribedRoot): readonly (readonly [string, string])[] {
  return [
    ['expires', `${expires}${expired ? ' (expired)' : ''}`],
    ['threshold', `${threshold} of ${keys.length} ${keys.length === 1 ? 'key' : 'keys'}`],
    ...keys.flatMap(({ keyId, tufKeyId, signed, certificates }) => [
      ['root key', `${keyId}${signed ? '' : unsignedMark}`] as const,
      ['TUF key ID', tufKeyId] as const,
      ...certificates.flatMap(({ fingerprint, subject, notBefore, notAfter, expired: ended }, index) => [
        [index === 0 ? 'certificate' : 'CA certificate', fingerprint] as const,
        ['', `${subject}, ${notBefore} to ${notAfter}${ended ? ' (expired)' : ''}`] as const,
      ]),
    ]),
  ];
}

function dockerText({ file, version, relation }: NonNullable<ShownAnchor['docker']>): string {
  const words: Readonly<Record<string, string>> = {
    same: 'trusts the same root',
    former: `trusts version ${version ?? 0} of the same collection`,
    other: 'trusts another root',
    damaged: 'has a damaged root',
  };
  return `${words[relation] ?? relation}, and looks at no pin (${file})`;
}

function pinRow({ setting, pinnedFor, inForce, verdict, reason, provedFrom }: AnchorPin): readonly string[] {
  const why = reason === undefined ? '' : ` (${reason})`;
  const says =
    provedFrom === undefined
      ? `${verdict}${why}`
      : `names version ${provedFrom}; signatures lead from it to the present one`;
  return [
    `trust_pinning.${setting}`,
    pinnedFor,
    inForce ? says : `${says}; does not count beside a more specific pin`,
  ];
}

function pinData({ setting, pinnedFor, ids, inForce, verdict, reason, provedFrom }: AnchorPin): JsonData {
  return {
    ...{ setting: `trust_pinning.${setting}`, pinnedFor, inForce, verdict },
    ...(ids !== undefined && { ids }),
    ...(reason !== undefined && { reason }),
    ...(provedFrom !== undefined && { provedFrom }),
  };
}

export function rootData({ version, expires, expired, threshold, keys }: DescribedRoot): JsonData {
  return { version, expires, expired, threshold, keys: keys.map(keyData) };
}

function keyData({ keyId, tufKeyId, signed, certificates }: DescribedKey): JsonData {
  return { keyId, tufKeyId, signed, certificates: certificates.map((certificate) => ({ ...certificate })) };
}

const noNames = keyNames({ file: undefined, collections: [] });

export function findingsData(findings: readonly Finding[]): JsonData {
  return findings.map((finding) => findingData(finding, noNames));
}

/** One line for each finding, with what can be done. */
export function findingLines(findings: readonly Finding[], layout: Layout = unlimited): string {
  return findings.map((finding) => `! ${findingText(finding, layout)}\n`).join('');
}

export interface ShownCheck extends AnchorCheck {
  readonly gun: string;
}

export const checkView: View<ShownCheck> = {
  json: ({ gun, source, root, rows, findings }) => ({
    ...{ gun, source, root: root === undefined ? null : rootData(root) },
    ...{ rows: rows.map(rowData), findings: findingsData(findings) },
  }),
  text({ gun, source, root, rows, findings }, layout = unlimited) {
    const version = root === undefined ? 'no root that can be believed' : `root version ${root.version}`;
    const from = source === 'server' ? 'verified with the server' : 'as it is cached here';
    const table = listTable(
      ['FINGERPRINT', 'NAMES'],
      rows.map((row) => [row.fingerprint, namedText(row)]),
      { ...layout, wide: true },
    );
    return `${escapeForTerminal(gun)}   ${version}, ${from}\n${table}${findingLines(findings, layout)}`;
  },
};

export function rowData({ fingerprint, match, former, unsigned }: CheckedFingerprint): JsonData {
  return {
    ...{
      fingerprint,
      matches: match !== undefined,
      names: match?.kind ?? (former ? 'former' : unsigned ? 'unsigned' : 'nothing'),
    },
    ...(match !== undefined && { keyId: match.key.keyId, tufKeyId: match.key.tufKeyId }),
  };
}

const kinds = {
  certificate: 'the root certificate',
  key: 'the root key',
  'tuf-key': 'the root key, as metadata lists it',
};

function namedText({ match, former, unsigned }: CheckedFingerprint): string {
  if (unsigned) return 'a key that has not signed it';
  if (match === undefined) return former ? 'a former root' : 'nothing of it';
  return `${kinds[match.kind]} (${match.key.certificates[0]?.subject ?? ''})`;
}
