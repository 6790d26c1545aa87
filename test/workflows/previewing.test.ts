/** Previews of changes that a publish would refuse. */

import { describe, expect, it } from 'vitest';
import { previewPublish } from '../../src/client/preview/preview.ts';
import { stateOf } from '../../src/client/preview/published-state.ts';
import { publish } from '../../src/client/publish/publish.ts';
import { removeDelegation } from '../../src/client/stage/delegations.ts';
import { removeTarget } from '../../src/client/stage/remove-target.ts';
import { stageWitness } from '../../src/client/stage/witness.ts';
import { update } from '../../src/client/update/update.ts';
import { generateEcdsaKey } from '../../src/crypto/keys/private-key.ts';
import { canonicalKeyId } from '../../src/crypto/keys/verification-key.ts';
import { compare } from '../../src/review/compare.ts';
import * as team from '../support/collaborators.ts';
import { freshServer } from '../support/fresh-server.ts';

const role = 'targets/a';

describe('a preview of changes that are refused', () => {
  it('a preview shows the removal of a target whose new content is refused, and why it is', async () => {
    const { owner } = freshServer();
    await publish(owner);
    await team.delegate(owner, role, [await team.delegationKey(owner)], ['v']);
    await team.publishTarget(owner, 'v1', role);
    await removeDelegation(owner, { role, keyIds: [], paths: ['v'], allPaths: false, whole: false });
    await publish(owner);
    await removeTarget(owner, { name: 'v1', roles: [role] });
    await team.stageTarget(owner, 'v1', role);
    const { changes, findings } = await previewPublish(owner);
    expect(changes).toMatchObject([{ op: 'remove', what: 'target', role, target: 'v1' }]);
    expect(findings).toMatchObject([{ code: 'INVALID_PATH', prevents: true, change: 1 }]);
    await expect(publish(owner)).rejects.toMatchObject({ code: 'INVALID_PATH' });
  });

  it('a preview foretells that the server refuses a nested role below one that loses its only signer', async () => {
    const { owner } = freshServer();
    await publish(owner);
    const [gone, nested] = [await team.delegationKey(owner), await team.delegationKey(owner)];
    await team.delegate(owner, role, [gone]);
    await publish(owner);
    await team.delegate(owner, `${role}/b`, [nested]);
    await publish(owner);
    await team.delegate(owner, role, [generateEcdsaKey().publicKey]);
    await removeDelegation(owner, {
      ...{ role, keyIds: [canonicalKeyId(gone)] },
      ...{ paths: [], allPaths: false, whole: false },
    });
    await team.stageTarget(owner, 'v1', `${role}/b`);
    const { findings } = await previewPublish(owner);
    expect(findings.filter(({ prevents }) => prevents)).toMatchObject([
      { code: 'INVALID_OPERATION', role, hint: { command: ['tsnotary', 'witness', owner.gun, role] } },
    ]);
    await expect(publish(owner)).rejects.toMatchObject({ code: 'INVALID_OPERATION' });
  });

  it('a preview foretells no refusal of a nested role below one that is signed again', async () => {
    const { owner } = freshServer();
    await publish(owner);
    const [gone, stays] = [await team.delegationKey(owner), await team.delegationKey(owner)];
    await team.delegate(owner, role, [gone, stays]);
    await publish(owner);
    await team.delegate(owner, `${role}/b`, [stays]);
    await publish(owner);
    await removeDelegation(owner, {
      ...{ role, keyIds: [canonicalKeyId(gone)] },
      ...{ paths: [], allPaths: false, whole: false },
    });
    await stageWitness(owner, [role]);
    await team.stageTarget(owner, 'v1', `${role}/b`);
    const { findings } = await previewPublish(owner);
    expect(findings.filter(({ prevents }) => prevents)).toEqual([]);
    await publish(owner);
  });

  it('a preview shows that a role which is removed and made again starts without what it held', async () => {
    const { owner } = freshServer();
    await publish(owner);
    const key = await team.delegationKey(owner);
    await team.delegate(owner, role, [key]);
    await team.publishTarget(owner, 'v1', role);
    await owner.cryptoService.remove(canonicalKeyId(key));
    await removeDelegation(owner, { role, keyIds: [], paths: [], allPaths: false, whole: true });
    await team.delegate(owner, role, [key]);
    const { changes, findings } = await previewPublish(owner);
    expect(changes).toMatchObject([{ op: 'remove', what: 'target', role, target: 'v1' }]);
    expect(findings).toContainEqual(expect.objectContaining({ code: 'TAGS_WOULD_VANISH', targets: ['v1'] }));
    await publish(owner);
    expect(await team.listing(owner, role)).toEqual([]);
  });

  it('a preview shows what a role that was removed earlier holds when it is made again', async () => {
    const { owner } = freshServer();
    await publish(owner);
    await team.shareSnapshot(owner);
    const key = await team.delegationKey(owner);
    await team.delegate(owner, role, [key]);
    await team.publishTarget(owner, 'v1', role);
    await removeDelegation(owner, { role, keyIds: [], paths: [], allPaths: false, whole: true });
    await publish(owner);
    await owner.cryptoService.remove(canonicalKeyId(key));
    await team.delegate(owner, role, [key]);
    const { before, changes, findings } = await previewPublish(owner);
    expect(changes).toContainEqual(expect.objectContaining({ op: 'add', role, target: 'v1' }));
    expect(findings).toContainEqual(expect.objectContaining({ code: 'TAGS_COME_BACK', targets: ['v1'] }));
    await publish(owner);
    expect(compare(before, stateOf(await update(owner), owner.gun))).toEqual(changes);
  });
});
