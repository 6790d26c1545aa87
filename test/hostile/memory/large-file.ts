/**
 * A reader in a process of its own whom a server gives a large file: how much memory does it take?
 *
 *     node large-file.mjs KIND MEBIBYTES ROLE      prints {"outcome":…,"peak":…}, the peak in MiB
 *
 * KIND is one of those below, the path of a file, or that of a directory with all files of a collection.
 */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { update } from '../../../src/client/update/update.ts';
import { isNotaryError } from '../../../src/errors.ts';
import { actor } from '../../support/actor.ts';
import { ForgedCollection } from '../../support/forged-repository.ts';
import { memoryClock } from '../../support/memory-ports.ts';

const size = Number(process.argv[3] ?? 100) * 1024 * 1024;

/** A document of exactly that many bytes: head, as many pieces as fit, blanks, tail. */
function filled(head: string, piece: (at: number) => string, tail: string): Buffer {
  const bytes = Buffer.alloc(size, ' ');
  let at = bytes.write(head);
  const room = size - Buffer.byteLength(tail);
  for (let count = 0; ; count++) {
    const next = Buffer.from(piece(count));
    if (at + next.length > room) break;
    next.copy(bytes, at);
    at += next.length;
    // Pieces that are all the same are copied in doubling blocks.
    if (count === 0 && piece(0) === piece(1)) {
      const block = Buffer.from(piece(0).repeat(4096));
      for (; at + block.length <= room; at += block.length) block.copy(bytes, at);
    }
  }
  bytes.write(tail, room);
  return bytes;
}

const kinds: Readonly<Record<string, () => Buffer>> = {
  'opening brackets': () => filled('', () => '[', ''),
  'empty lists': () => filled('[[]', () => ',[]', ']'),
  'empty objects': () => filled('[{}', () => ',{}', ']'),
  'objects in objects': () => filled('{"signed":[{}', () => ',{"a":{"b":{}}}', '],"signatures":[]}'),
  numbers: () => filled('{"signed":[1', () => ',1', '],"signatures":[]}'),
  'short strings': () => filled('{"signed":{"a":["x"', () => ',"abcdefgh"', ']},"signatures":[]}'),
  'a million short strings': () =>
    filled('{"signed":{"a":["x"', (at) => `,"${String(at).padStart(90)}"`, ']},"signatures":[]}'),
  'other names': () => filled('{"signed":{"":0', (at) => `,"${at.toString(36)}":0`, '},"signatures":[]}'),
  'one long string': () => filled('{"signed":{"a":"', () => 'a', '"},"signatures":[]}'),
  'wide characters': () => filled('{"signed":{"a":"\u{1f600}', () => 'a', '"},"signatures":[]}'),
  escapes: () => filled('{"signed":{"a":"', () => '\\n', '"},"signatures":[]}'),
  signatures: () =>
    filled(
      '{"signed":{},"signatures":[{"keyid":"","method":"","sig":""}',
      () => ',{"keyid":"","method":"","sig":""}',
      ']}',
    ),
  'no JSON': () => filled('', () => '\u0000', ''),
};

async function main(kind: string, role: string): Promise<void> {
  const collection = new ForgedCollection();
  if (kinds[kind] === undefined && statSync(kind).isDirectory()) {
    for (const name of readdirSync(kind)) collection.files.set(name, readFileSync(join(kind, name)));
  } else {
    collection.files.set(role, kinds[kind]?.() ?? readFileSync(kind));
    if (role === 'targets') collection.settle();
  }
  const reader = actor(collection.server, memoryClock());
  const outcome = await update(reader).then(
    () => 'believed',
    (error: unknown) => (isNotaryError(error) ? error.code : String(error)),
  );
  const peak = Math.ceil(process.resourceUsage().maxRSS / 1024);
  process.stdout.write(`${JSON.stringify({ outcome, peak })}\n`);
}

await main(process.argv[2] ?? '', process.argv[4] ?? 'root');
