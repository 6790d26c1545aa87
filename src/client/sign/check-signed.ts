/** Verifies what was signed a second time, by another implementation, before it is uploaded (decision 0003). */

import { checkUpload } from '../../tuf/check-upload.ts';
import type { SignedFile } from './sign.ts';

/** @throws NotaryError SIGNATURE_SELF_CHECK */
export async function checkSigned(files: ReadonlyMap<string, SignedFile>): Promise<void> {
  if (files.size === 0) return;
  const { verifySecondOpinion } = await import('../../crypto/signatures/verify-independently.ts');
  for (const [role, { envelope, groups }] of files) {
    checkUpload(role, envelope.bytes, groups, verifySecondOpinion);
  }
}
