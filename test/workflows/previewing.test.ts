/** Previews of changes that a publish would refuse. */

import { describe, expect, it } from 'vitest';
import { previewPublish } from '../../src/client/preview/preview.ts';
import { publish } from '../../src/client/publish/publish.ts';
import { removeTarget } from '../../src/client/stage/remove-target.ts';
import * as team from '../support/collaborators.ts';
import { freshServer } from '../support/fresh-server.ts';

const role = 'targets/a';

describe('a preview of changes that are refused', () => {
  it('a preview shows the removal of a target whose new content is refused, and why it is', async () => {
    const { owner } = freshServer();
    await publish(owner);
    await team.delegate(owner, role, [await team.delegationKey(owner)], ['v']);
    await team.publishTarget(owner, 'v1', role);
    const { removeDelegation } = await import('../../src/client/stage/delegations.ts');
    await removeDelegation(owner, { role, keyIds: [], paths: ['v'], allPaths: false, whole: false });
    await publish(owner);
    await removeTarget(owner, { name: 'v1', roles: [role] });
    await team.stageTarget(owner, 'v1', role);
    const { changes, findings } = await previewPublish(owner);
    expect(changes).toMatchObject([{ op: 'remove', what: 'target', role, target: 'v1' }]);
    expect(findings).toMatchObject([{ code: 'INVALID_PATH', prevents: true, change: 1 }]);
    await expect(publish(owner)).rejects.toMatchObject({ code: 'INVALID_PATH' });
  });
});
