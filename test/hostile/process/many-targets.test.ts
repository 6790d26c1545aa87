/** A collection of 200,000 targets through a pipe. */

import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileMetaOf, sha256Hex } from '../../../src/tuf/checksums.ts';
import { certificates } from '../../support/genuine/certificates.ts';
import { run } from '../../support/genuine/programs.ts';
import { shellLine } from '../../support/genuine/pseudo-terminal.ts';
import { makeScratch, removeScratch } from '../../support/genuine/scratch.ts';
import { listen } from '../../support/genuine/servers.ts';
import { sealed, targetsContent } from '../../support/metadata-author.ts';
import { resealed, sealedCollection, signerOf } from '../../support/sealed-collection.ts';

const count = 200_000;
const gun = 'docker.io/alice/many';
const nameOf = (number: number) => `release-${String(number).padStart(6, '0')}`;

describe('G28 a list of 200,000 targets', () => {
  let home: string;
  let flags: readonly string[];
  let stop: () => Promise<void>;

  beforeAll(async () => {
    home = makeScratch();
    const meta = fileMetaOf(Buffer.from('content'));
    const targets = Object.fromEntries(Array.from({ length: count }, (_, number) => [nameOf(number), meta]));
    const empty = sealedCollection({ gun, now: new Date(), delegations: [] });
    const bytes = sealed(targetsContent({ version: 5, targets }), signerOf(empty, 'targets'));
    const files = new Map<string, Uint8Array>();
    for (const [role, file] of resealed(empty, new Map([['targets', bytes]])).files) {
      files.set(`${role}.json`, file).set(`${role}.${sha256Hex(fileMetaOf(file)) ?? ''}.json`, file);
    }
    const { serverCertificate, serverKey, caCertificate } = await certificates();
    const server = createServer(
      { cert: readFileSync(serverCertificate), key: readFileSync(serverKey) },
      (request, response) => {
        const file = files.get(request.url?.replace(/.*\//, '') ?? '');
        if (request.url === '/v2/') response.end('{}');
        else if (file === undefined) response.writeHead(404).end();
        else response.end(file);
      },
    );
    const listening = await listen(server);
    stop = listening.stop;
    flags = ['-s', `https://localhost:${listening.port}`, '--tlscacert', caCertificate];
  });
  afterAll(async () => {
    await stop();
    removeScratch(home);
  });

  it('a list of 200,000 targets reaches a slow reader to the last line, and a reader that leaves ends it', async () => {
    const list = shellLine('tsnotary', [...flags, 'list', gun]);
    const shell = (line: string) => run('sh', ['-c', line], { env: { HOME: home }, cwd: home });
    const slow = await shell(`{ ${list}; echo "status $?" >&2; } | (sleep 1; cat)`);
    expect(slow.stderr).toBe('status 0\n');
    const rows = slow.stdout.trimEnd().split('\n').slice(2);
    expect(rows).toHaveLength(count);
    const missing = rows.findIndex(
      (row, number) =>
        !row.startsWith(`${nameOf(number)}    `) || !row.endsWith('    7               targets'),
    );
    expect([missing, rows[missing]]).toEqual([-1, undefined]);
    const left = await shell(`{ ${list}; echo "status $?" >&2; } | head -1`);
    expect([left.stdout.split('\n').length, left.stderr]).toEqual([2, 'status 141\n']);
  });
});
