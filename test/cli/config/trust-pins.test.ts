import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemFiles } from '../../../src/adapters/system/files.ts';
import { readTrustPins } from '../../../src/cli/config/trust-pins.ts';
import { readJson } from '../../../src/encoding/json.ts';
import type { JsonObject } from '../../../src/encoding/json-value.ts';
import { scratchHome } from '../../support/memory-system.ts';

let home: ReturnType<typeof scratchHome>;
beforeEach(() => {
  home = scratchHome();
});
afterEach(() => home.remove());

function pins(section: unknown) {
  const settings = readJson(Buffer.from(JSON.stringify({ Trust_Pinning: section }))) as JsonObject;
  const files = systemFiles(home.folder, async () => new Uint8Array());
  const server = {
    url: '',
    rootCa: undefined,
    clientCert: undefined,
    clientKey: undefined,
    skipVerify: false,
  };
  return readTrustPins(
    { trustDir: '', server, settings, configFile: join(home.folder, 'conf/c.json') },
    files,
  );
}

describe('G14 trust pins', () => {
  it('trust pins are empty by default', async () => {
    expect(await pins(undefined)).toEqual({ certs: new Map(), ca: new Map(), disableTofu: false });
    expect(await pins({ certs: null, ca: {}, disable_tofu: false })).toEqual(await pins(undefined));
  });

  it('trust pins keep the case of GUNs, not that of settings', async () => {
    const { certs, disableTofu } = await pins({
      Certs: { 'docker.io/Alice/*': ['a', 'b'] },
      DISABLE_TOFU: 'true',
    });
    expect(certs).toEqual(new Map([['docker.io/Alice/*', ['a', 'b']]]));
    expect(disableTofu).toBe(true);
  });

  it('trust pins name CA files relative to the configuration file, never to the working directory', async () => {
    mkdirSync(join(home.folder, 'conf'));
    writeFileSync(join(home.folder, 'both.pem'), 'near');
    writeFileSync(join(home.folder, 'conf/both.pem'), 'far');
    writeFileSync(join(home.folder, 'near.pem'), 'near');
    const absolute = join(home.folder, 'both.pem');
    const { ca } = await pins({ ca: { a: 'both.pem', b: 'near.pem', c: 'none.pem', d: absolute } });
    expect(new Map([...ca].map(([gun, pem]) => [gun, pem && Buffer.from(pem).toString()]))).toEqual(
      new Map([
        ['a', 'far'],
        ['b', undefined],
        ['c', undefined],
        ['d', 'near'],
      ]),
    );
  });

  it.each([
    [{ certs: { g: 'x' } }, 'certs'],
    [{ certs: { g: [1] } }, 'certs'],
    [{ certs: ['g'] }, 'certs'],
    [{ ca: 'x' }, 'ca'],
    [{ ca: { g: ['x'] } }, 'ca'],
    [{ disable_tofu: 'yes' }, 'disable_tofu'],
    [{ disable_tofu: 1 }, 'disable_tofu'],
  ])('trust pins of another shape are refused, never ignored: %j', async (section, setting) => {
    const message = `invalid format for trust_pinning.${setting}`;
    await expect(pins(section)).rejects.toThrow(
      expect.objectContaining({ code: 'TRUST_PINNING_INVALID', message }) as Error,
    );
  });

  it('trust pins that are no section at all are refused', async () => {
    await expect(pins('x')).rejects.toThrow('invalid format for trust_pinning');
  });
});
