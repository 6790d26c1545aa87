/** Former roots that the client asks for when a pin names another root than the trusted one. */

import { beforeEach, describe, expect, it } from 'vitest';
import { checkLaterPins } from '../../../src/client/update/later-pins.ts';
import { NotaryError } from '../../../src/errors.ts';
import { parseRoot } from '../../../src/metadata/root.ts';
import { parseEnvelope } from '../../../src/metadata/signed.ts';
import { noPinning, type TrustPinning } from '../../../src/trust-pinning/trust-pinning.ts';
import { type Actor, actor } from '../../support/actor.ts';
import { ForgedCollection, forgedGun } from '../../support/forged-repository.ts';
import { epoch, memoryClock } from '../../support/memory-ports.ts';
import { certifiedSigner, past, type Signer } from '../../support/metadata-author.ts';
import { outcomeOf } from '../../support/refusal.ts';

const pinTo = ({ id }: Signer): TrustPinning => ({ ...noPinning, certs: new Map([[forgedGun, [id]]]) });
const rotated = certifiedSigner(forgedGun, epoch);
const newest = certifiedSigner(forgedGun, epoch);

let collection: ForgedCollection;
let reader: Actor;
let asked: string[];

beforeEach(() => {
  collection = new ForgedCollection({ version: 1 });
  asked = [];
});

/** Undefined when the root that is served now follows from the pinned one. */
async function refusalOf(
  pinning: TrustPinning,
  instead?: (resource: string) => Uint8Array | undefined,
): Promise<string | undefined> {
  reader = actor(collection.server, memoryClock(), forgedGun);
  const get = async (resource: string, limit: number) => {
    asked.push(resource);
    return instead?.(resource) ?? reader.remote.get(resource, limit);
  };
  const root = parseRoot(parseEnvelope(collection.files.get('root') ?? new Uint8Array()));
  const ports = { ...reader, pinning, remote: { ...reader.remote, get } };
  return (await outcomeOf(checkLaterPins(ports, root, { now: epoch, writes: true })))?.code;
}

describe('a pin of a former root', () => {
  it('a pin of a former root counts over several rotations, however old that root is', async () => {
    const first = collection.oneSigner('root');
    collection.edit('root', ['expires'], past);
    collection.rotateRoot([rotated], [first, rotated]);
    collection.rotateRoot([newest], [rotated, newest]);
    expect(await refusalOf(pinTo(first))).toBeUndefined();
    expect(asked).toEqual(['2.root', '1.root']);
  });

  it('a pin of a former root does not count when a root on the way is not signed by the one before it', async () => {
    const first = collection.oneSigner('root');
    collection.rotateRoot([rotated], [rotated]);
    collection.rotateRoot([newest], [rotated, newest]);
    expect(await refusalOf(pinTo(first))).toBe('ROOT_NOT_PINNED');
  });

  it('a pin of a former root does not count when a root on the way cannot be had', async () => {
    const first = collection.oneSigner('root');
    collection.rotateRoot([rotated], [first, rotated]);
    collection.rotateRoot([newest], [rotated, newest]);
    collection.files.delete('2.root');
    expect(await refusalOf(pinTo(first))).toBe('ROOT_NOT_PINNED');
    expect(asked).toEqual(['2.root']);
  });

  it('a pin of a former root does not count when that is served under the number of another', async () => {
    const first = collection.oneSigner('root');
    collection.rotateRoot([rotated], [first, rotated]);
    collection.rotateRoot([newest], [rotated, newest]);
    const old = collection.files.get('1.root');
    expect(await refusalOf(pinTo(first), (name) => (name === '2.root' ? old : undefined))).toBe(
      'ROOT_NOT_PINNED',
    );
    // The pinned root is the second one here, which is served as the first one too.
    const second = collection.files.get('2.root');
    const served = (name: string) => (name === '1.root' ? second : Buffer.from('junk'));
    expect(await refusalOf(pinTo(rotated), served)).toBe('ROOT_NOT_PINNED');
  });

  it('a pin of a former root is looked for in the first version and in no lower one', async () => {
    collection.rotateRoot([rotated], [collection.oneSigner('root'), rotated]);
    expect(await refusalOf(pinTo(newest))).toBe('ROOT_NOT_PINNED');
    expect(asked).toEqual(['1.root']);
  });

  it('a pin of a former root is looked for in 64 versions and in no more', async () => {
    collection.edit('root', ['version'], 100);
    expect(await refusalOf(pinTo(newest), () => Buffer.from('junk'))).toBe('ROOT_NOT_PINNED');
    expect(asked).toEqual(Array.from({ length: 64 }, (_, index) => `${99 - index}.root`));
  });

  it('a pin of a former root that cannot be asked for is said when reading, with the keys of the trusted root', async () => {
    await refusalOf(pinTo(newest));
    const root = parseRoot(parseEnvelope(collection.files.get('root') ?? new Uint8Array()));
    const get = async () => Promise.reject(new NotaryError('OFFLINE', 'no connection'));
    const cautions: unknown[] = [];
    const caution = (code: string, message: string, details?: unknown) => {
      cautions.push([code, message, details]);
    };
    const ports = { ...reader, pinning: pinTo(newest), remote: { ...reader.remote, get }, caution };
    await checkLaterPins(ports, root, { now: epoch, writes: false });
    const keys = [collection.oneSigner('root').id];
    expect(cautions).toEqual([
      [
        'ROOT_NOT_PINNED',
        expect.stringContaining(`Its certificate has the ID ${keys.join()}.`),
        { gun: forgedGun, role: 'root', file: reader.cache.location('root'), keys },
      ],
    ]);
  });
});
