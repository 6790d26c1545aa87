// node-forge with Node's own PBKDF2: half of the time of a workflow is this function, and its result is the same.
import { pbkdf2Sync } from 'node:crypto';
import { createRequire } from 'node:module';

const forge = createRequire(import.meta.url)('node-forge');
const binary = (text) => Buffer.from(text, 'binary');
forge.pkcs5.pbkdf2 = (password, salt, rounds, length, md) =>
  pbkdf2Sync(binary(password), binary(salt), rounds, length, md.algorithm).toString('binary');
export default forge;
