/** Makes the errors for a delegation that may not be signed again as it is. */

import { digest } from '../../crypto/signatures/digest.ts';
import { toHex } from '../../encoding/bytes.ts';
import { shellWord } from '../../encoding/shell-quote.ts';
import { NotaryError } from '../../errors.ts';
import type { Signed } from '../../metadata/signed.ts';
import type { Targets } from '../../metadata/targets.ts';

/** As many names of targets as an error lists. */
const maxNames = 20;

/** The file was signed by keys that have been taken away. */
export function needsWitness(gun: string, role: string, file: Signed<Targets>): NotaryError {
  return new NotaryError(
    'ROLE_NEEDS_WITNESS',
    `${role} of ${gun} is signed by no key that may sign it now; publishing into it would assert the ${contentOf(file)} of its former signers`,
    {
      details: detailsOf(gun, role, file),
      hint: `Nothing was signed. To assert what is there, stage it before publishing again: tsnotary witness ${shellWord(gun)} ${role}. To leave something of it out, stage its removal, too.`,
    },
  );
}

/** No key that the role is known to have had signed the file. */
export function neverSigned(gun: string, role: string, file: Signed<Targets>): NotaryError {
  const sha256 = sha256Of(file);
  return new NotaryError(
    'ROLE_UNVERIFIED',
    `version ${file.content.version} of ${role} of ${gun} (sha256 ${sha256}) is not known to have been signed by any key that may or might sign ${role}; it holds ${contentOf(file)}${namesOf(file)}`,
    {
      details: detailsOf(gun, role, file),
      hint: `Nothing was signed. Publish from a machine that has read ${gun} before; or, if you have checked each of these targets, accept exactly this file: tsnotary witness ${shellWord(gun)} ${role} --accept ${sha256}`,
    },
  );
}

/** The snapshot names no file for a role whose file this machine has verified. */
export function withdrawn(gun: string, role: string, file: Signed<Targets>): NotaryError {
  return new NotaryError(
    'ROLE_WITHDRAWN',
    `the server does not serve ${role} of ${gun} any more, of which this machine has verified version ${file.content.version} with ${contentOf(file)}`,
    {
      details: detailsOf(gun, role, file),
      hint: `Nothing was signed. To put back what was there: tsnotary witness ${shellWord(gun)} ${role}. If its owner has removed ${role} and made it again, stage the removal of its targets, too.`,
    },
  );
}

function contentOf({ content: { targets, delegations } }: Signed<Targets>): string {
  const nested = delegations.roles.length;
  const count = `${targets.size} target${targets.size === 1 ? '' : 's'}`;
  return nested === 0 ? count : `${count} and ${nested} delegation${nested === 1 ? '' : 's'}`;
}

function namesOf({ content: { targets } }: Signed<Targets>): string {
  if (targets.size === 0) return '';
  const names = [...targets.keys()].slice(0, maxNames).map((name) => JSON.stringify(name));
  return `: ${names.join(', ')}${targets.size > maxNames ? ', …' : ''}`;
}

function detailsOf(gun: string, role: string, file: Signed<Targets>) {
  const { targets, version } = file.content;
  const names = [...targets.keys()].slice(0, maxNames);
  return { gun, role, version, sha256: sha256Of(file), targets: names, count: targets.size };
}

function sha256Of({ envelope }: Signed<Targets>): string {
  return toHex(digest('sha256', envelope.bytes));
}
