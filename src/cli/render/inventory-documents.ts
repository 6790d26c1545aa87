/** Renders inventories for other programs: CSV for spreadsheets, and references by digest for a shell. */

import { parseReference } from '../../images/reference.ts';
import { type ShownInventory, shownRows } from './inventory.ts';
import { shownName } from './shown-name.ts';
import { escapeForTerminal } from './terminal-escape.ts';

const columns = [
  ...['gun', 'target', 'digest', 'size', 'role', 'signers', 'signerKeys', 'docker'],
  ...['image', 'registryDigest', 'cosign', 'notation'],
];

/** One document for all repositories (RFC 4180), with all columns whatever was asked for: what was not is empty. */
export function inventoryCsv(all: readonly ShownInventory[]): string {
  const records = all.flatMap((shown) =>
    shownRows(shown).map((row) => {
      const { target, digest = '', size, role, signers, docker, look } = row;
      const names = signers.map((keyId) => shownName(shown.names.of(keyId)));
      const signed = (kind: 'cosign' | 'notation') => String(look?.signed.get(kind) ?? '');
      return [
        ...[shown.gun, target, digest, String(size), role],
        ...[names.filter((name) => name !== '').join('; '), signers.join(' '), String(docker)],
        ...[look?.image ?? '', look?.registryDigest ?? '', signed('cosign'), signed('notation')],
      ];
    }),
  );
  return [columns, ...records].map((record) => `${record.map(csvField).join(',')}\r\n`).join('');
}

/** What spreadsheets take for the start of a formula, also in its full-width forms. */
const formula = /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;

/**
 * Names are what their signers like them to be. A field that a spreadsheet would take for a formula gets an apostrophe in
 * front, which spreadsheets hide; JSON has the name as it is. Control characters are escaped as on a terminal.
 */
function csvField(text: string): string {
  const safe = escapeForTerminal(formula.test(text) ? `'${text}` : text);
  return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/**
 * `NAME@sha256:…` of each image that docker takes and that is not known to be gone, once for a repository, one a line. The
 * digest is that which was signed, whatever the tag stands for now.
 */
export function inventoryReferences(all: readonly ShownInventory[]): string {
  return all
    .flatMap((shown) => {
      if (shown.image === undefined) return [];
      const digests = shownRows(shown)
        .filter(({ released, look }) => released && (look === undefined || look.image === 'there'))
        .flatMap(({ digest }) => digest ?? []);
      return [...new Set(digests)].map((digest) => `${parseReference(`${shown.gun}@${digest}`).typed}\n`);
    })
    .join('');
}
