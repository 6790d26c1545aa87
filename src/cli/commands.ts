/** Lists all commands in order of registration, which is the order of suggestions. */

import { add } from './commands/add.ts';
import { addhash } from './commands/addhash.ts';
import { anchorCheck } from './commands/anchor/check.ts';
import { anchorPin } from './commands/anchor/pin.ts';
import { anchorRefresh } from './commands/anchor/refresh.ts';
import { anchorShow } from './commands/anchor/show.ts';
import { archiveCreate } from './commands/archive/create.ts';
import { archiveList } from './commands/archive/list.ts';
import { archiveRestore } from './commands/archive/restore.ts';
import { archiveVerify } from './commands/archive/verify.ts';
import { collaboratorAdd } from './commands/collaborator/add.ts';
import { collaboratorAdopt } from './commands/collaborator/adopt.ts';
import { collaboratorCheck } from './commands/collaborator/check.ts';
import { collaboratorList } from './commands/collaborator/list.ts';
import { collaboratorRemove } from './commands/collaborator/remove.ts';
import { collaboratorRename } from './commands/collaborator/rename.ts';
import {
  completionBash,
  completionFish,
  completionGroup,
  completionPowershell,
  completionZsh,
} from './commands/completion/shells.ts';
import { delegationAdd } from './commands/delegation/add.ts';
import { delegationList } from './commands/delegation/list.ts';
import { delegationPurge } from './commands/delegation/purge.ts';
import { delegationRemove } from './commands/delegation/remove.ts';
import { delegationRevoke } from './commands/delegation/revoke.ts';
import { deleteCommand } from './commands/delete.ts';
import { diff } from './commands/diff.ts';
import { dockerPluginInstall } from './commands/docker-plugin/install.ts';
import { dockerPluginRemove } from './commands/docker-plugin/remove.ts';
import { dockerPluginStatus } from './commands/docker-plugin/status.ts';
import { expiry } from './commands/expiry.ts';
import {
  anchorGroup,
  archiveGroup,
  collaboratorGroup,
  delegationGroup,
  dockerPluginGroup,
  keyGroup,
  sandboxGroup,
  trustGroup,
  trustKeyGroup,
  trustSignerGroup,
} from './commands/groups.ts';
import { init } from './commands/init.ts';
import { inventory } from './commands/inventory.ts';
import { keyCheck } from './commands/key/check.ts';
import { keyExport } from './commands/key/export.ts';
import { keyGenerate } from './commands/key/generate.ts';
import { keyImport } from './commands/key/import.ts';
import { keyList } from './commands/key/list.ts';
import { keyPasswd } from './commands/key/passwd.ts';
import { keyRemove } from './commands/key/remove.ts';
import { keyRotate } from './commands/key/rotate.ts';
import { list } from './commands/list.ts';
import { lookup } from './commands/lookup.ts';
import { publish } from './commands/publish.ts';
import { remove } from './commands/remove.ts';
import { renew } from './commands/renew.ts';
import { reset } from './commands/reset.ts';
import { sandboxCertificate } from './commands/sandbox/certificate.ts';
import { sandboxRun } from './commands/sandbox/run.ts';
import { sandboxStart } from './commands/sandbox/start.ts';
import { sandboxStatus } from './commands/sandbox/status.ts';
import { sandboxStop } from './commands/sandbox/stop.ts';
import { status } from './commands/status.ts';
import { trustInspect } from './commands/trust/inspect.ts';
import { trustKeyGenerate } from './commands/trust/key/generate.ts';
import { trustKeyLoad } from './commands/trust/key/load.ts';
import { trustPull } from './commands/trust/pull.ts';
import { trustPush } from './commands/trust/push.ts';
import { trustResolve } from './commands/trust/resolve.ts';
import { trustRevoke } from './commands/trust/revoke.ts';
import { trustSign } from './commands/trust/sign.ts';
import { trustSignerAdd } from './commands/trust/signer/add.ts';
import { trustSignerRemove } from './commands/trust/signer/remove.ts';
import { verify } from './commands/verify.ts';
import { version } from './commands/version.ts';
import { witness } from './commands/witness.ts';
import type { CommandSpec, GroupSpec } from './spec/command-spec.ts';

export const commands: readonly (CommandSpec | GroupSpec)[] = [
  version,
  keyGroup,
  keyList,
  keyGenerate,
  keyRemove,
  keyPasswd,
  keyRotate,
  keyImport,
  keyExport,
  keyCheck,
  delegationGroup,
  delegationList,
  delegationPurge,
  delegationRemove,
  delegationRevoke,
  delegationAdd,
  init,
  status,
  diff,
  expiry,
  inventory,
  renew,
  reset,
  publish,
  lookup,
  list,
  add,
  remove,
  addhash,
  verify,
  witness,
  deleteCommand,
  completionGroup,
  completionBash,
  completionZsh,
  completionFish,
  completionPowershell,
  collaboratorGroup,
  collaboratorList,
  collaboratorAdd,
  collaboratorRemove,
  collaboratorRename,
  collaboratorAdopt,
  collaboratorCheck,
  anchorGroup,
  anchorShow,
  anchorCheck,
  anchorPin,
  anchorRefresh,
  archiveGroup,
  archiveCreate,
  archiveVerify,
  archiveList,
  archiveRestore,
  dockerPluginGroup,
  dockerPluginInstall,
  dockerPluginRemove,
  dockerPluginStatus,
  sandboxGroup,
  sandboxStart,
  sandboxStatus,
  sandboxStop,
  sandboxRun,
  sandboxCertificate,
  trustGroup,
  trustSignerGroup,
  trustKeyGroup,
  trustInspect,
  trustSign,
  trustRevoke,
  trustResolve,
  trustPush,
  trustPull,
  trustSignerAdd,
  trustSignerRemove,
  trustKeyGenerate,
  trustKeyLoad,
];
