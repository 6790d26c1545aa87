/** A throw-away certificate authority and the servers' certificate, made once per test process. */
import { authorityExtensions, issue } from '../openssl-certificates.ts';

/** Paths of PEM files. The server certificate is for `localhost` and `127.0.0.1`. */
export interface Certificates {
  readonly caCertificate: string;
  readonly caKey: string;
  readonly serverCertificate: string;
  readonly serverKey: string;
}

async function make(): Promise<Certificates> {
  const days = 30;
  const authority = await issue({ name: 'tsnotary test authority', extensions: authorityExtensions, days });
  const server = await issue({
    ...{ name: 'localhost', issuer: authority, days },
    extensions: [
      'subjectAltName=DNS:localhost,IP:127.0.0.1',
      'basicConstraints=CA:FALSE',
      'extendedKeyUsage=serverAuth',
    ],
  });
  return {
    caCertificate: authority.files.certificate,
    caKey: authority.files.key,
    serverCertificate: server.files.certificate,
    serverKey: server.files.key,
  };
}

let made: Promise<Certificates> | undefined;

/** The certificates of this test process. */
export function certificates(): Promise<Certificates> {
  made ??= make();
  return made;
}
