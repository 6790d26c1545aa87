import { describe, expect, it } from 'vitest';
import { readJson } from '../../src/encoding/json.ts';
import { applyingPins } from '../../src/trust-pinning/applying-pins.ts';
import { enginePins } from '../../src/trust-pinning/engine-pins.ts';
import { noPinning, type TrustPinning } from '../../src/trust-pinning/trust-pinning.ts';

const gun = 'docker.io/acme/app';

describe('G14 the pins for a GUN', () => {
  it('the pins for a GUN are listed with the one in force first: certificates before a CA, long names before short ones', () => {
    const pinning: TrustPinning = {
      ...noPinning,
      certs: new Map([
        ['docker.io/*', ['a']],
        ['*', ['b']],
        [gun, ['c']],
        ['docker.io/acme/app*', ['d']],
        ['docker.io/acme/ap', ['e']],
        ['quay.io/*', ['f']],
      ]),
      ca: new Map([
        ['docker.io', undefined],
        ['docker.io/acme', undefined],
        ['quay.io', undefined],
      ]),
    };
    const pins = applyingPins(pinning, gun, undefined);
    expect(pins.map(({ pinnedFor, inForce }) => [pinnedFor, inForce])).toEqual([
      [gun, true],
      ['docker.io/acme/app*', false],
      ['docker.io/*', false],
      ['*', false],
      ['docker.io/acme', false],
      ['docker.io', false],
    ]);
    expect(new Set(pins.map(({ verdict }) => verdict))).toEqual(new Set(['none']));
  });
});

describe('the pins of the Docker engine', () => {
  const read = (document: unknown) => enginePins(readJson(Buffer.from(JSON.stringify(document))), gun);

  it('the pins of the Docker engine are the most specific of the root keys, and the certificates of the very GUN', () => {
    const pinning = {
      'root-keys': { '*': ['a'], 'docker.io/acme/*': ['b', 1], 'docker.io/*': ['c'], 'quay.io/*': ['d'] },
      'cert-ids': { [gun]: ['e'], 'docker.io/*': ['f'] },
    };
    expect(read({ 'content-trust': { 'trust-pinning': pinning, mode: 'enforced' } })).toEqual([
      { setting: 'root-keys', pinnedFor: 'docker.io/acme/*', ids: ['b'], mode: 'enforced' },
      { setting: 'cert-ids', pinnedFor: gun, ids: ['e'], mode: 'enforced' },
    ]);
  });

  it.each([
    [[]],
    [{}],
    [{ 'content-trust': null }],
    [{ 'content-trust': { 'trust-pinning': { 'root-keys': ['a'] } } }],
  ])('the pins of the Docker engine are none in %j', (document) => {
    expect(read(document)).toEqual([]);
  });

  it('the pins of the Docker engine are disabled where no mode is set', () => {
    const pinning = { 'root-keys': { [gun]: 'a' } };
    expect(read({ 'content-trust': { 'trust-pinning': pinning } })).toEqual([
      { setting: 'root-keys', pinnedFor: gun, ids: [], mode: 'disabled' },
    ]);
  });
});
