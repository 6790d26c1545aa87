import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  readCertificateFolders,
  registryFolders,
  trustServerFolders,
} from '../../../../src/adapters/http/docker/certificate-folders.ts';
import { loadTls, type TlsMaterial } from '../../../../src/adapters/http/transport/tls.ts';
import { type Certificates, certificates } from '../../../support/genuine/certificates.ts';
import { makeScratch, removeScratch } from '../../../support/genuine/scratch.ts';
import { clientWith, get, type Issued, issue, startServer } from '../../../support/http-rig.ts';
import { memoryLog } from '../../../support/memory-ports.ts';
import { failureOf, refusal } from '../../../support/refusal.ts';

let authority: Certificates;
let alice: Issued;
let bob: Issued;
let folder: string;

beforeAll(async () => {
  authority = await certificates();
  alice = issue(authority, { usage: 'clientAuth' });
  bob = issue(authority, { usage: 'clientAuth' });
});
beforeEach(() => {
  folder = makeScratch();
});
afterEach(() => removeScratch(folder));

const put = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
};
const putPair = (name: string, { cert, key }: Issued): void => {
  put(`${name}.cert`, readFileSync(cert));
  put(`${name}.key`, readFileSync(key));
};
const ca = (): string => readFileSync(authority.caCertificate, 'utf8');

async function reading(ofEngine = false, ...paths: readonly string[]) {
  const log = memoryLog();
  const folders = (paths.length === 0 ? [folder] : paths).map((path) => ({ path, ofEngine }));
  const found = await readCertificateFolders(folders, log);
  return { found, warnings: log.records.filter(({ level }) => level === 'warn') };
}

describe("docker's directories of certificates", () => {
  it("docker's directories for a trust server and for a registry are those that docker and its engine read", () => {
    const home = { HOME: '/home/alice' };
    const paths = (found: readonly { path: string }[]) => found.map(({ path }) => path);
    expect(paths(trustServerFolders(home, 'h:4443'))).toEqual(['/home/alice/.docker/tls/h:4443']);
    expect(paths(trustServerFolders({ ...home, DOCKER_CONFIG: '/d' }, 'h'))).toEqual(['/d/tls/h']);
    expect(registryFolders({ ...home, DOCKER_CONFIG: '/d' }, 'h:5000')).toEqual([
      { path: '/d/tls/h:5000', ofEngine: false },
      { path: '/home/alice/.docker/certs.d/h:5000', ofEngine: false },
      { path: '/etc/docker/certs.d/h:5000', ofEngine: true },
    ]);
    expect(paths(registryFolders({}, 'h'))).toEqual(['/etc/docker/certs.d/h']);
  });

  it('a directory that is not there, or has other files only, changes nothing', async () => {
    const nothing = { found: { trustedCas: [], client: undefined }, warnings: [] };
    expect(await reading(false, join(folder, 'none'))).toEqual(nothing);
    put('README', 'x');
    put('ca.pem', ca());
    mkdirSync(join(folder, 'sub.crt'));
    expect(await reading()).toEqual(nothing);
  });

  it('every certificate of every .crt is trusted, in PEM with whatever around it and in DER', async () => {
    put('a.crt', `a comment\n${ca()}\n${readFileSync(alice.cert, 'utf8')}`);
    const other = makeScratch();
    writeFileSync(join(other, 'b.crt'), Buffer.from(ca().replace(/-----[^-]+-----/g, ''), 'base64'));
    const { found, warnings } = await reading(false, folder, other);
    expect(found.trustedCas).toHaveLength(3);
    expect(warnings).toEqual([]);
  });

  it('a .crt without a certificate is ignored with a warning', async () => {
    put('bad.crt', 'garbage');
    put('ca.crt', ca());
    symlinkSync(join(folder, 'nowhere'), join(folder, 'gone.crt'));
    const { found, warnings } = await reading();
    expect(found.trustedCas).toHaveLength(1);
    expect(warnings).toEqual([
      {
        level: 'warn',
        message: `${join(folder, 'bad.crt')} is ignored: there is no certificate in it that can be read`,
        code: 'CERTIFICATE_IGNORED',
      },
      {
        level: 'warn',
        message: `${join(folder, 'gone.crt')} is ignored: it is a link that leads nowhere`,
        code: 'CERTIFICATE_IGNORED',
      },
    ]);
  });

  it('a client certificate needs its key and a key its certificate, in the words of docker', async () => {
    put('client.cert', readFileSync(alice.cert));
    await expect(reading()).rejects.toEqual(
      refusal(
        'TLS_CONFIG_INVALID',
        'missing key client.key for client certificate client.cert. CA certificates must use the extension .crt',
      ),
    );
    put('a.key', readFileSync(alice.key));
    await expect(reading()).rejects.toEqual(
      refusal('TLS_CONFIG_INVALID', 'missing client certificate a.cert for key a.key', {
        file: join(folder, 'a.key'),
      }),
    );
  });

  it('a client certificate with the key of another is refused in the words of docker', async () => {
    putPair('client', { cert: alice.cert, key: bob.key });
    await expect(reading()).rejects.toEqual(
      refusal('TLS_CONFIG_INVALID', 'tls: private key does not match public key'),
    );
  });

  it('of two client certificates the first is used, and a warning says so', async () => {
    putPair('b', bob);
    putPair('a', alice);
    const { found, warnings } = await reading();
    expect(found.client?.cert).toBe(readFileSync(alice.cert, 'utf8'));
    expect(warnings.map(({ message }) => message)).toEqual([
      `the client certificate ${join(folder, 'a.cert')} is used, and ${join(folder, 'b.cert')} is not: a server is shown only one`,
    ]);
  });

  it.each(['ca.crt', 'client.key'])(
    "the file %s that cannot be read is an error in the user's directory and a warning in the engine's",
    async (name) => {
      if (name === 'client.key') put('client.cert', readFileSync(alice.cert));
      // Unlike permissions, a link to itself stops the superuser too.
      symlinkSync(name, join(folder, name));
      const words = `open ${join(folder, name)}: too many levels of symbolic links`;
      await expect(reading()).rejects.toEqual(refusal('TLS_CONFIG_INVALID', words));
      const { found, warnings } = await reading(true);
      expect(found).toEqual({ trustedCas: [], client: undefined });
      expect(warnings).toEqual([
        { level: 'warn', message: expect.stringContaining(words) as string, code: 'CERTIFICATE_IGNORED' },
      ]);
    },
  );

  it('what the directories hold makes a server trusted that is not otherwise, and shows it the client', async () => {
    put('ca.crt', ca());
    putPair('client', alice);
    const server = await startServer((_, response) => response.end('x'), {
      requestCert: true,
      rejectUnauthorized: true,
      ca: ca(),
    });
    const ask = async (tls: TlsMaterial): Promise<number> => {
      const http = clientWith(tls);
      try {
        return (await http.send(get(server.url))).status;
      } finally {
        await http.close();
      }
    };
    try {
      const { found } = await reading();
      expect(await ask(await loadTls({ skipVerify: false, more: found }, {}))).toBe(200);
      const without = await failureOf(ask(await loadTls({ skipVerify: false }, {})));
      expect(without).toMatchObject({ message: 'x509: certificate signed by unknown authority' });
    } finally {
      await server.stop();
    }
  });

  it('the certificates of the system stay trusted beside those of the directories', async () => {
    put('ca.crt', ca());
    const { found } = await reading();
    const bundle = put('bundle.pem', readFileSync(alice.cert));
    const { trustedCas } = await loadTls({ skipVerify: false, more: found }, { SSL_CERT_FILE: bundle });
    expect(trustedCas).toHaveLength(2);
  });
});
