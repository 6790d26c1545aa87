/** One key signs in two repositories, and the server, which signs their snapshots, puts a file of one into the other. */

import { beforeEach, describe, expect, it } from 'vitest';
import { HeldIndex } from '../../src/client/update/signed-message-index.ts';
import { update } from '../../src/client/update/update.ts';
import { asListedKeyId } from '../../src/crypto/keys/key-id.ts';
import type { ErrorCode } from '../../src/error-codes.ts';
import { NotaryError } from '../../src/errors.ts';
import { buildEnvelope, parseEnvelope } from '../../src/metadata/signed.ts';
import type { TrustDirFile } from '../../src/ports/trust-dir.ts';
import { type Actor, actor, machine } from '../support/actor.ts';
import { ForgedCollection } from '../support/forged-repository.ts';
import { memoryClock, memoryMetadataStore } from '../support/memory-ports.ts';
import { edited, plainSigner, sealed } from '../support/metadata-author.ts';

const role = 'targets/releases';
const [theirs, ours] = ['docker.io/alice/other', 'docker.io/alice/demo'];

let other: ForgedCollection;
let collection: ForgedCollection;
let reader: Actor;
let strict: Actor;

beforeEach(async () => {
  // Signers are the same in all forged collections.
  other = new ForgedCollection({ gun: theirs, delegations: [role] });
  collection = new ForgedCollection({ gun: ours, delegations: [role] });
  other.edit(role, ['version'], 20);
  other.edit(role, ['comment'], '<b>what is signed there & only there</b>');
  other.settle();
  const here = machine();
  await update(actor(other.server, memoryClock(), theirs, here));
  reader = actor(collection.server, memoryClock(), ours, here);
  strict = {
    ...reader,
    caution: (code: ErrorCode, message: string) => {
      throw new NotaryError(code, message);
    },
  };
  await update(reader);
});

function serve(bytes: Uint8Array): void {
  collection.files.set(role, bytes);
  collection.settle();
}

const cautions = () => reader.log.records.filter(({ code }) => code === 'FILE_OF_OTHER_REPOSITORY');
const swapped = () => other.files.get(role) ?? new Uint8Array();

async function expectNoticed(): Promise<void> {
  for (let turn = 1; turn < 3; turn++) {
    await update(reader);
    expect(cautions().length).toBe(turn);
    expect(cautions()[0]?.message).toContain(`${role} of ${theirs}`);
    await expect(update(strict)).rejects.toMatchObject({ code: 'FILE_OF_OTHER_REPOSITORY' });
  }
}

describe('G32 the file of another repository', () => {
  it('the file of another repository is noticed where that is held too, as often as it is served', async () => {
    serve(swapped());
    await expectNoticed();
  });

  it('the file of another repository is noticed with another signature entry and white space', async () => {
    const { signed, signatures } = parseEnvelope(swapped());
    const entry = { keyId: asListedKeyId('0'.repeat(64)), method: 'ecdsa', signature: Buffer.alloc(64, 1) };
    serve(Buffer.concat([buildEnvelope(signed, [entry, ...signatures]).bytes, Buffer.from(' \n')]));
    await expectNoticed();
  });

  it('the file of another repository is noticed in the place of targets, when the keys are one', async () => {
    const targets = other.content('targets');
    other.contents.set('targets', edited(targets, ['version'], 30));
    other.seal('targets');
    other.settle();
    await update(actor(other.server, memoryClock(), theirs, reader.machine));
    collection.files.set('targets', other.files.get('targets') ?? new Uint8Array());
    collection.settle();
    await update(reader);
    expect(cautions().length).toBe(1);
  });

  it('the file of another repository is not noticed in content that was signed for both', async () => {
    serve(sealed(other.content(role), ...collection.signersOf(role)));
    await update(reader);
    expect(reader.log.records).toEqual([]);
    expect(reader.cache.files.get(role)).toEqual(collection.files.get(role));
  });

  it('the file of another repository is not noticed in a further version of the repository’s own file', async () => {
    collection.next(role);
    collection.settle();
    await update(reader);
    expect(reader.log.records).toEqual([]);
  });

  it('the file of another repository is noticed however much white space and however many signatures are in the held copy', async () => {
    const { signed, signatures } = parseEnvelope(swapped());
    const junk = Array.from({ length: 100 }, (_, at) => ({
      keyId: asListedKeyId(at.toString(16).padStart(64, '0')),
      method: 'ecdsa',
      signature: Buffer.alloc(64, at),
    }));
    for (const held of [
      Buffer.concat([swapped(), Buffer.alloc(90_000, ' ')]),
      buildEnvelope(signed, [...junk, ...signatures]).bytes,
      Buffer.from(Buffer.from(swapped()).toString().replace('"keyid"', '"\\u006beyid"')),
    ]) {
      const here = machine();
      here.caches.set(theirs, memoryMetadataStore(new Map([[role, held]])));
      const who = actor(collection.server, memoryClock(), ours, here);
      serve(swapped());
      await update(who);
      expect(who.log.records.map(({ code }) => code)).toEqual(['FILE_OF_OTHER_REPOSITORY']);
    }
  });

  it('the reader does not look for foreign files when the directories cannot be listed', async () => {
    serve(swapped());
    const blind = {
      ...reader,
      heldMetadata: { files: async () => Promise.reject(new NotaryError('FILE_UNREADABLE', 'open')) },
    };
    await update(blind);
    expect(cautions()).toEqual([]);
  });
});

describe('G34 many files of many repositories', () => {
  it.each([
    ['of the same signers', () => undefined],
    [
      'of other signers',
      (held: ForgedCollection, names: readonly string[]) => {
        for (const name of names) held.rotateDelegation(name, [plainSigner()]);
        held.settle();
      },
    ],
  ] as const)(
    'many files of many repositories are read twice at most, and parsed once at most: %s',
    async (_, change) => {
      const names = Array.from({ length: 60 }, (_, at) => `targets/r${at}`);
      const held = new ForgedCollection({ gun: theirs, delegations: names });
      const mine = new ForgedCollection({ gun: ours, delegations: names });
      for (const name of names) held.edit(name, ['version'], 7);
      change(held, names);
      held.settle();
      const here = machine();
      await update(actor(held.server, memoryClock(), theirs, here));
      const who = actor(mine.server, memoryClock(), ours, here);
      let reads = 0;
      const counted = async () =>
        (await who.heldMetadata.files()).map((file) => ({
          ...file,
          read: () => {
            reads++;
            return file.read();
          },
        }));
      await update({ ...who, heldMetadata: { files: counted } });
      expect(reads).toBeLessThanOrEqual(2 * (names.length + 1));
      reads = 0;
      await update({ ...who, heldMetadata: { files: counted } });
      expect(reads).toBe(0);
    },
  );

  it('many files of many repositories are not read beyond a bound, which a log message reports', async () => {
    const file = (length: number, at: number): TrustDirFile => ({
      ...{ gun: theirs, role: `targets/r${at}`, length, location: '' },
      read: async () => swapped(),
    });
    const heldMetadata = { files: async () => [file(2_000_000, 0), file(10_000, 1)] };
    const index = new HeldIndex({ ...reader, heldMetadata }, 1_000_000);
    const found = await index.find(parseEnvelope(swapped()));
    expect(found?.role).toBe('targets/r1');
    expect(reader.log.records.map(({ code }) => code)).toEqual(['HELD_FILES_UNREAD']);
  });
});
