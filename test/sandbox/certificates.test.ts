/** The certificates of a sandbox, judged by OpenSSL; genuine notary and docker judge them in clients.test.ts. */

import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCertificates, type ServerCertificates } from '../../src/adapters/sandbox/certificates.ts';
import {
  alternativeNames,
  createCertificate,
  keyIdentifiers,
} from '../../src/crypto/certificate-issuance/certificate-writer.ts';
import {
  createCaCertificate,
  createServerCertificate,
} from '../../src/crypto/certificate-issuance/tls-certificate.ts';
import { readPrivateKey } from '../../src/crypto/key-files/read-private-key.ts';
import { generateEcdsaKey } from '../../src/crypto/keys/private-key.ts';
import { parsePem } from '../../src/encoding/pem.ts';
import { available, run } from '../support/genuine/programs.ts';
import { makeScratch, removeScratch } from '../support/genuine/scratch.ts';
import { days, memoryLog, seededRandom } from '../support/memory-ports.ts';

const now = new Date('2026-11-22T12:00:00Z');
const seconds = (date: Date) => String(Math.floor(date.getTime() / 1000));
const after = (count: number) => new Date(now.getTime() + days(count));

let folder: string;
let log: ReturnType<typeof memoryLog>;
beforeEach(() => {
  folder = makeScratch();
  log = memoryLog();
});
afterEach(() => removeScratch(folder));

function open(at = now, seed = 'certificates'): ServerCertificates {
  return openCertificates(folder, { now: at, random: seededRandom(seed), log });
}

function write(name: string, content: string): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

/** What OpenSSL says of a certificate under an authority, at a time, for a use by a name. */
async function verdict(ca: string, pem: string, at: Date, ...use: readonly string[]): Promise<string> {
  const words = [
    'verify',
    '-x509_strict',
    '-CAfile',
    ca,
    '-attime',
    seconds(at),
    '-purpose',
    'sslserver',
    ...use,
  ];
  const { status, stdout, stderr } = await run('openssl', [...words, write('judged.pem', pem)]);
  return status === 0 ? 'OK' : (/^error \d+ at \d depth lookup: (.*)$/m.exec(stdout + stderr)?.[1] ?? stderr);
}

describe.skipIf(!available('openssl'))('the certificates of a sandbox', () => {
  it.each([
    ['localhost', ['-verify_hostname', 'localhost'], 'OK'],
    ['127.0.0.1', ['-verify_ip', '127.0.0.1'], 'OK'],
    ['::1', ['-verify_ip', '::1'], 'OK'],
    ['another host', ['-verify_hostname', 'example.com'], 'hostname mismatch'],
    ['another address', ['-verify_ip', '127.0.0.2'], 'IP address mismatch'],
  ])('the certificates of a sandbox are good for %s: %s %s', async (_, use, wanted) => {
    const { ca, server } = open();
    expect(await verdict(ca, server.cert, now, ...use)).toBe(wanted);
  });

  it.each([
    ['a host', { dns: ['example.com'], ip: [] }],
    ['an address', { dns: [], ip: [Uint8Array.of(10, 0, 0, 1)] }],
  ])(
    'the certificates of a sandbox come from an authority that cannot vouch for %s elsewhere',
    async (_, names) => {
      const [authority, key] = [generateEcdsaKey(), generateEcdsaKey()];
      const ca = write('authority.crt', createCaCertificate(authority, 'authority', now, seededRandom()));
      const issued = {
        issuer: 'authority',
        signer: authority,
        from: now,
        until: after(10),
        subject: '',
        key,
      };
      const extensions = [alternativeNames(names), ...keyIdentifiers(key, authority)];
      const forged = createCertificate({ ...issued, extensions }, seededRandom());
      expect(await verdict(ca, forged, now)).toBe('permitted subtree violation');
      const own = createServerCertificate(key, { name: 'authority', key: authority }, now, seededRandom());
      expect(await verdict(ca, own, now)).toBe('OK');
    },
  );

  it('the certificates of a sandbox are private where they have to be', () => {
    open();
    const modes = ['tls', 'ca.crt', 'tls/ca.key', 'tls/server.pem'].map(
      (name) => statSync(join(folder, name)).mode,
    );
    expect(modes.map((mode) => (mode & 0o777).toString(8))).toEqual(['700', '600', '600', '600']);
  });

  it('the certificates of a sandbox stay as they are while they are good', () => {
    const first = open();
    const ca = readFileSync(first.ca, 'utf8');
    expect(open(after(300), 'later')).toEqual(first);
    expect(readFileSync(first.ca, 'utf8')).toBe(ca);
    expect(log.records).toEqual([]);
  });

  it.each([
    ['nearly over', 340],
    ['over', 400],
    ['over for years', 3600],
  ])(
    'the certificates of a sandbox are renewed when that of the server is %s, and clients notice nothing',
    async (_, later) => {
      const first = open();
      const ca = readFileSync(first.ca, 'utf8');
      const second = open(after(later), 'later');
      expect(readFileSync(second.ca, 'utf8')).toBe(ca);
      expect(second.server.cert).not.toBe(first.server.cert);
      expect(await verdict(first.ca, second.server.cert, after(later))).toBe('OK');
      expect(log.records).toEqual([]);
    },
  );

  it.each([
    ['nearly over', (): ServerCertificates => open(after(3640), 'later'), 3640],
    ['from the future', (): ServerCertificates => open(after(-2), 'earlier'), -2],
  ])(
    'the certificates of a sandbox are all made anew when the authority is %s, with a warning',
    async (_, again, when) => {
      const first = open();
      const second = again();
      expect(second.server.cert).not.toBe(first.server.cert);
      expect(await verdict(second.ca, second.server.cert, after(when))).toBe('OK');
      expect(log.records).toMatchObject([{ level: 'warn', code: 'SANDBOX_CA_REPLACED' }]);
    },
  );

  it.each([
    ['tls/server.pem', 'no certificate', 0],
    ['tls/server.pem', '', 0],
    ['tls/ca.key', 'no key', 1],
    ['ca.crt', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', 1],
  ])('the certificates of a sandbox are made anew where %s holds %j', async (name, content, warnings) => {
    open();
    writeFileSync(join(folder, name), content);
    const { ca, server } = open(now, 'again');
    expect(await verdict(ca, server.cert, now)).toBe('OK');
    expect(log.records).toHaveLength(warnings);
  });

  it('the certificates of a sandbox are not taken when key and certificate are not of a pair', async () => {
    const { server } = open();
    const other = generateEcdsaKey().object.export({ format: 'pem', type: 'pkcs8' }).toString();
    const certificate = server.cert.slice(server.cert.indexOf('-----BEGIN CERTIFICATE'));
    writeFileSync(join(folder, 'tls/server.pem'), other + certificate);
    const again = open(now, 'again');
    expect(again.server.cert).not.toContain(certificate);
    writeFileSync(join(folder, 'tls/ca.key'), other);
    const { ca, server: third } = open(now, 'third');
    expect(await verdict(ca, third.cert, now)).toBe('OK');
    const [block] = parsePem(readFileSync(join(folder, 'tls/ca.key')));
    expect(block && readPrivateKey(block).publicKey.keyType).toBe('ecdsa');
  });
});
