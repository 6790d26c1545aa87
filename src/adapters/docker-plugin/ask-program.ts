/** Asks plugins what they are, as docker does, and docker for its version. */

import { spawn } from 'node:child_process';
import { asObject, asString, readJson } from '../../encoding/json.ts';
import { oneLine } from '../../encoding/one-line.ts';
import { isNotaryError } from '../../errors.ts';
import { systemReason } from '../../go/errno.ts';

const patience = 20_000;
const maxOutput = 64 * 1024;
/** What docker takes before 28.4.1; later ones take it, too. */
const schemaVersion = '0.1.0';

export interface PluginFacts {
  readonly vendor?: string;
  readonly version?: string;
  /** Why docker takes it for no plugin. */
  readonly problem?: string;
}

/** What a plugin answers to `docker-cli-plugin-metadata`, by docker's own rules. */
export async function askPlugin(path: string): Promise<PluginFacts> {
  const ended = await run(path, ['docker-cli-plugin-metadata']);
  if (ended.problem !== undefined) return { problem: ended.problem };
  try {
    const answer = asObject(readJson(ended.output, { fractions: true }), 'the metadata');
    const text = (name: string) => oneLine(asString(answer.get(name) ?? '', name));
    const [schema, vendor, version] = [text('SchemaVersion'), text('Vendor'), text('Version')];
    const facts = { ...(vendor !== '' && { vendor }), ...(version !== '' && { version }) };
    if (schema !== schemaVersion)
      return {
        ...facts,
        problem: `plugin SchemaVersion ${JSON.stringify(schema)} is not valid, must be 0.1.0`,
      };
    return vendor === '' ? { ...facts, problem: 'plugin metadata does not define a vendor' } : facts;
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    return { problem: 'invalid metadata' };
  }
}

/** The version of a docker CLI: `28.2.2`; undefined for another program. No engine is asked. */
export async function askDocker(path: string): Promise<string | undefined> {
  const { output, problem } = await run(path, ['--version']);
  if (problem !== undefined) return undefined;
  return /^Docker version (\d+\.[0-9A-Za-z.+~-]+)/.exec(Buffer.from(output).toString())?.[1];
}

interface Ended {
  readonly output: Uint8Array;
  /** Why there is nothing to read. */
  readonly problem?: string;
}

function run(path: string, words: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(path, words, { stdio: ['ignore', 'pipe', 'ignore'], windowsHide: true });
    const pieces: Buffer[] = [];
    let length = 0;
    const settle = (ended: Ended): void => {
      clearTimeout(timer);
      resolve(ended);
    };
    const giveUp = (problem: string): void => {
      child.kill('SIGKILL');
      // A program that it has started may still hold the other end.
      child.stdout.destroy();
      settle({ output: new Uint8Array(), problem });
    };
    const timer = setTimeout(() => giveUp(`it does not answer within ${patience / 1000} seconds`), patience);
    child.stdout.on('data', (piece: Buffer) => {
      pieces.push(piece);
      length += piece.length;
      if (length > maxOutput) giveUp('it answers more than metadata can be');
    });
    child.once('error', (cause) => {
      settle({ output: new Uint8Array(), problem: `it does not start: ${systemReason(cause)}` });
    });
    child.once('close', (status, signal) => {
      const output = Buffer.concat(pieces);
      if (status === 0) settle({ output });
      else settle({ output, problem: `it ends with ${signal ?? `status ${status}`}` });
    });
  });
}
