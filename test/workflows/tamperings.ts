/** The ways in which the file of a role can be wrong, as an attacker or a broken disk would have it. */

import { sign } from '../../src/crypto/keys/private-key.ts';
import { buildEnvelope, parseEnvelope, signedMessage } from '../../src/metadata/signed.ts';
import type { ForgedCollection } from '../support/forged-repository.ts';
import { edited, past, plainSigner } from '../support/metadata-author.ts';

/** Makes the file of a role wrong; what else must change for it to be looked at is the caller's business. */
export interface Tampering {
  readonly way: string;
  readonly apply: (collection: ForgedCollection, role: string) => void;
}

function served(collection: ForgedCollection, role: string): Uint8Array {
  return collection.files.get(role) ?? new Uint8Array();
}

export const notJson: Tampering = {
  way: 'that is not JSON',
  apply: ({ files }, role) => void files.set(role, Buffer.from('not JSON')),
};

export const truncated: Tampering = {
  way: 'that is cut short',
  apply: (collection, role) => {
    const bytes = served(collection, role);
    collection.files.set(role, bytes.subarray(0, bytes.length - 20));
  },
};

export const noSignedPart: Tampering = {
  way: 'whose signed part is no object',
  apply: ({ files }, role) => void files.set(role, Buffer.from('{"signed":"content","signatures":[]}')),
};

export const wrongMemberType: Tampering = {
  way: 'whose version is a string',
  apply: (collection, role) => collection.edit(role, ['version'], 'one'),
};

export const wrongType: Tampering = {
  way: 'that says it is of another type',
  apply: (collection, role) => collection.edit(role, ['_type'], 'Mirrors'),
};

export const versionZero: Tampering = {
  way: 'of version 0',
  apply: (collection, role) => collection.edit(role, ['version'], 0),
};

export const olderVersion: Tampering = {
  way: 'of a version before the one seen last',
  apply: (collection, role) => collection.edit(role, ['version'], collection.version(role) - 3),
};

export const contentAfterSigning: Tampering = {
  way: 'changed after it was signed',
  apply: (collection, role) => {
    const { signed, signatures } = parseEnvelope(served(collection, role));
    const changed = edited(signed, ['expires'], '2048-01-01T00:00:00Z');
    collection.files.set(role, buildEnvelope(changed, signatures).bytes);
  },
};

export const strangersKey: Tampering = {
  way: 'signed with a key that is not listed',
  apply: (collection, role) => collection.seal(role, [plainSigner()]),
};

/** The signature of a stranger under the ID of the listed key. */
export const borrowedKeyId: Tampering = {
  way: 'whose signature claims the ID of a listed key',
  apply: (collection, role) => {
    const { id } = collection.oneSigner(role);
    const stranger = plainSigner().key;
    const content = collection.content(role);
    const signature = { keyId: id, ...sign(stranger, signedMessage(content)) };
    collection.files.set(role, buildEnvelope(content, [signature]).bytes);
  },
};

export const tooFewSignatures: Tampering = {
  way: 'with fewer signatures than its threshold',
  apply: (collection, role) => collection.setThreshold(role, 2),
};

export const noSignatures: Tampering = {
  way: 'without signatures',
  apply: (collection, role) => collection.seal(role, []),
};

export const expired: Tampering = {
  way: 'that has expired',
  apply: (collection, role) => collection.edit(role, ['expires'], past),
};

/** Content that cannot be taken whoever signed it. */
export const badContent = [notJson, truncated, noSignedPart, wrongMemberType, wrongType, versionZero];

/** Content that may be right and is not vouched for. */
export const badSignatures = [contentAfterSigning, strangersKey, borrowedKeyId, tooFewSignatures];

/** A file with one more blank at its end: the same JSON, another checksum. */
export const extraSpace: Tampering = {
  way: 'with a blank more than was signed for',
  apply: (collection, role) =>
    void collection.files.set(role, Buffer.concat([served(collection, role), Buffer.from(' ')])),
};
