/** A throw-away certificate authority and the servers' certificate, made once per test process. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mustRun } from './programs.ts';
import { makeScratch } from './scratch.ts';

/** Paths of PEM files. The server certificate is for `localhost` and `127.0.0.1`. */
export interface Certificates {
  readonly caCertificate: string;
  readonly caKey: string;
  readonly serverCertificate: string;
  readonly serverKey: string;
}

async function make(): Promise<Certificates> {
  const folder = makeScratch();
  const at = (name: string): string => join(folder, name);
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const ca = ['-subj', '/CN=tsnotary test authority', '-addext', 'keyUsage=critical,keyCertSign,cRLSign'];
  await mustRun('openssl', [
    ...['req', '-x509', '-sha256', '-days', '30', ...newKey, ...ca],
    ...['-keyout', at('ca.key'), '-out', at('ca.crt')],
  ]);
  await mustRun('openssl', [
    ...['req', '-new', '-sha256', ...newKey, '-subj', '/CN=localhost'],
    ...['-keyout', at('server.key'), '-out', at('server.csr')],
  ]);
  writeFileSync(
    at('server.ext'),
    'subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n',
  );
  await mustRun('openssl', [
    ...['x509', '-req', '-sha256', '-days', '30', '-in', at('server.csr'), '-extfile', at('server.ext')],
    ...['-CA', at('ca.crt'), '-CAkey', at('ca.key'), '-CAcreateserial', '-out', at('server.crt')],
  ]);
  return {
    caCertificate: at('ca.crt'),
    caKey: at('ca.key'),
    serverCertificate: at('server.crt'),
    serverKey: at('server.key'),
  };
}

let made: Promise<Certificates> | undefined;

/** The certificates of this test process. */
export function certificates(): Promise<Certificates> {
  made ??= make();
  return made;
}
