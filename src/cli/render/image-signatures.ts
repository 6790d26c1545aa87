/** Renders what is signed for images, with the layout of docker trust inspect (docker CLI 28.2.2). */

import type { ImageSignatures, SignedTag, Signer } from '../../client/images/signatures.ts';
import type { JsonData } from '../../encoding/to-plain-json.ts';
import type { NotaryError } from '../../errors.ts';
import { compareNatural } from '../../images/natural-order.ts';
import type { ImageReference } from '../../images/reference.ts';
import { dockerTable } from './docker-table.ts';
import { escapeCell, visibleJson } from './terminal-escape.ts';

export interface InspectedImage {
  readonly image: ImageReference;
  readonly signatures: ImageSignatures;
}

/** Whom docker names where the repository's own key alone has signed. */
const repositoryAdmin = 'Repo Admin';
const shownDigits = 12;

const byCode = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);

/**
 * Docker's document: an array, indented by four blanks, with docker's order of members. What a terminal would obey or not
 * show is escaped as JSON has it.
 */
export function inspectionDocument(images: readonly InspectedImage[]): string {
  const lines = JSON.stringify(images.map(dockerObject), undefined, 4).split('\n');
  return `${lines.map(visibleJson).join('\n')}\n`;
}

function dockerObject({ image, signatures }: InspectedImage) {
  const { tags, signers, rootKeyIds, targetsKeyIds } = signatures;
  const keys = (ids: readonly string[]) => ids.map((ID) => ({ ID }));
  return {
    Name: image.typed,
    SignedTags: tags.map(({ tag, digest, signers: names }) => ({
      SignedTag: tag,
      Digest: digest,
      Signers: names.length === 0 ? [repositoryAdmin] : names,
    })),
    Signers: [...signers]
      .sort((one, other) => byCode(other.name, one.name))
      .map(({ name, keyIds }) => ({ Name: name, Keys: keys(keyIds) })),
    AdministrativeKeys: [
      { Name: 'Root', Keys: keys(rootKeyIds) },
      { Name: 'Repository', Keys: keys(targetsKeyIds) },
    ],
  };
}

/** For `--json`: the same facts with this program's members, and the failures. */
export function inspectionJson(
  images: readonly InspectedImage[],
  failures: readonly { readonly typed: string; readonly error: NotaryError }[],
): JsonData {
  return {
    images: images.map(({ image, signatures }) => ({
      image: image.typed,
      gun: image.gun,
      tags: signatures.tags.map(({ tag, digest, signers }) => ({ tag, digest: `sha256:${digest}`, signers })),
      signers: signatures.signers.map(({ name, keyIds }) => ({ name, keyIds })),
      rootKeyIds: signatures.rootKeyIds,
      targetsKeyIds: signatures.targetsKeyIds,
    })),
    failures: failures.map(({ typed, error: { code, message, details } }) => ({
      image: typed,
      error: { code, message, details },
    })),
  };
}

/** Docker's tables: tags, signers, and the keys of the repository. */
export function prettyInspection({ image, signatures }: InspectedImage): string {
  const { tags, signers, rootKeyIds, targetsKeyIds } = signatures;
  const name = image.typed;
  const signed =
    tags.length === 0 ? `\nNo signatures for ${name}\n\n` : `\nSignatures for ${name}\n\n${tagTable(tags)}`;
  const people =
    signers.length === 0 ? '' : `\nList of signers and their keys for ${name}\n\n${signerTable(signers)}`;
  const ids = (keyIds: readonly string[]) => [...keyIds].sort(byCode).join(', ');
  return (
    `${signed}${people}\nAdministrative keys for ${name}\n\n` +
    `  Repository Key:\t${ids(targetsKeyIds)}\n  Root Key:\t${ids(rootKeyIds)}\n`
  );
}

function tagTable(tags: readonly SignedTag[]): string {
  const rows = tags.map(({ tag, digest, signers }) => [
    escapeCell(tag),
    digest,
    signers.length === 0 ? `(${repositoryAdmin})` : [...signers].sort(byCode).map(escapeCell).join(', '),
  ]);
  return dockerTable(['SIGNED TAG', 'DIGEST', 'SIGNERS'], rows);
}

function signerTable(signers: readonly Signer[]): string {
  const rows = [...signers]
    .sort((one, other) => compareNatural(one.name, other.name))
    .map(({ name, keyIds }) => [
      escapeCell(name),
      [...keyIds]
        .sort(byCode)
        .map((id) => id.slice(0, shownDigits))
        .join(', '),
    ]);
  return dockerTable(['SIGNER', 'KEYS'], rows);
}
