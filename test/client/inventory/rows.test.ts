/** Which rows an inventory has: what readers believe, by whom it is signed, and what docker takes. */

import { describe, expect, it } from 'vitest';
import { lossesOf } from '../../../src/client/inventory/losses.ts';
import { signedRows } from '../../../src/client/inventory/rows.ts';
import { plainSigner, type Signer } from '../../support/metadata-author.ts';
import { roleOf, stateWith } from '../../support/repository-states.ts';

const [owner, alice, bob] = ['owner', 'alice', 'bob'].map(() => plainSigner()) as [Signer, Signer, Signer];
const releases = 'targets/releases';

/** Names, roles and signers of the rows, and what docker takes. */
function shown(roles: Parameters<typeof stateWith>[0]) {
  return signedRows(stateWith(roles)).map(({ target, role, docker, released, signers }) => ({
    ...{ target, role, docker, released, signers: signers.map(String) },
  }));
}

describe('the rows of an inventory', () => {
  it('the rows name the keys that have signed the file, and no others of the role', () => {
    const both = { keys: [alice, bob], targets: { v1: 'one' } };
    const [row] = shown({
      targets: { keys: [owner], signedBy: [owner] },
      [releases]: { ...both, signedBy: [alice] },
    });
    expect(row?.signers).toEqual([String(alice.id)]);
    const [signedByBoth] = shown({
      targets: { keys: [owner], signedBy: [owner] },
      [releases]: { ...both, signedBy: [alice, bob] },
    });
    expect(signedByBoth?.signers).toEqual([alice, bob].map(({ id }) => String(id)).sort());
  });

  it('the rows name no key whose signature does not verify', () => {
    const state = stateWith({
      targets: { keys: [owner], signedBy: [owner] },
      [releases]: { keys: [alice, bob], signedBy: [alice], targets: { v1: 'one' } },
    });
    const role = roleOf(state, releases);
    const envelope = role.file?.envelope;
    if (role.file === undefined || envelope === undefined) throw new Error('there is no file');
    const forged = envelope.signatures.map((signature) => ({ ...signature, keyId: bob.id }));
    const file = { ...role.file, envelope: { ...envelope, signatures: [...envelope.signatures, ...forged] } };
    const roles = new Map([...state.roles, [releases, { ...role, file }]]);
    expect(signedRows({ ...state, roles })[0]?.signers).toEqual([String(alice.id)]);
  });

  it('the rows of a role below one that docker asks are none of docker’s', () => {
    const rows = shown({
      targets: { keys: [owner], signedBy: [owner] },
      [releases]: { keys: [alice], signedBy: [alice] },
      [`${releases}/beta`]: { keys: [bob], signedBy: [bob], targets: { v1: 'one' } },
    });
    expect(rows).toMatchObject([{ target: 'v1', docker: false, released: false }]);
  });

  it('the rows of a role that readers do not believe are left out, with those below it', () => {
    const rows = shown({
      targets: { keys: [owner], signedBy: [owner], targets: { v1: 'one' } },
      [releases]: { keys: [alice], signedBy: [alice], standing: 'expired', targets: { v2: 'two' } },
      [`${releases}/beta`]: { keys: [bob], signedBy: [bob], targets: { v3: 'three' } },
    });
    expect(rows.map(({ target }) => target)).toEqual(['v1']);
  });

  it('the rows have only names that lie within the paths of the role', () => {
    const rows = shown({
      targets: { keys: [owner], signedBy: [owner] },
      'targets/bob': {
        keys: [bob],
        signedBy: [bob],
        paths: ['dev-'],
        targets: { v1: 'one', 'dev-1': 'two' },
      },
    });
    expect(rows.map(({ target }) => target)).toEqual(['dev-1']);
  });

  it('a tag outside the paths of targets/releases is that of targets', () => {
    const rows = shown({
      targets: { keys: [owner], signedBy: [owner], targets: { v1: 'one' } },
      [releases]: { keys: [alice], signedBy: [alice], paths: ['dev-'], targets: { v1: 'two' } },
    });
    expect(rows).toMatchObject([{ role: 'targets', docker: true }]);
  });

  it('the file of a role signed by a key that the role does not have names no signer', () => {
    const [row] = shown({ targets: { keys: [owner], signedBy: [bob], targets: { v1: 'one' } } });
    expect(row?.signers).toEqual([]);
  });
});

describe('the losses of meaning', () => {
  const codes = (roles: Parameters<typeof stateWith>[0]) =>
    lossesOf(stateWith(roles)).map(({ code }) => code);
  const always = ['TAG_NOT_BOUND', 'EXPIRY_NOT_KEPT', 'ROLLBACK_NOT_SEEN'];

  it('the losses name a threshold and delegations only where there are some', () => {
    expect(codes({ targets: { keys: [owner], signedBy: [owner] } })).toEqual(always);
    expect(
      codes({
        targets: { keys: [owner], signedBy: [owner] },
        [releases]: { keys: [alice, bob], threshold: 2, signedBy: [alice, bob] },
      }),
    ).toEqual([...always, 'THRESHOLD_NOT_KEPT', 'ROLES_NOT_KEPT']);
  });

  it('the losses are notes', () => {
    const state = stateWith({ targets: { keys: [owner], signedBy: [owner] } });
    expect(new Set(lossesOf(state).map(({ severity }) => severity))).toEqual(new Set(['note']));
  });
});
