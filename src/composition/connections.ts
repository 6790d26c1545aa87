/** Connects to a trust server; the HTTP client is loaded when the first connection is opened. */

import type { CertificateFolder } from '../adapters/http/docker/certificate-folders.ts';
import type { Connection, ConnectOptions } from '../adapters/http/notary/connect.ts';
import type { MoreTls } from '../adapters/http/transport/tls.ts';
import type { Files } from '../ports/files.ts';
import type { Log } from '../ports/log.ts';

/** Paths of PEM files, as the caller named them; undefined for what was not given. */
export interface TlsFiles {
  readonly ca: string | undefined;
  /** What named it: a flag, or a setting. */
  readonly caSource?: string | undefined;
  readonly clientCert: string | undefined;
  readonly clientKey: string | undefined;
  /** Directories of docker with more CAs, which are trusted besides those of the operating system, and a client certificate. */
  readonly certificateFolders?: readonly CertificateFolder[];
  /** Accepts any certificate of the server. */
  readonly skipVerify: boolean;
}

/** @throws NotaryError as `connect` does */
export async function openConnection(
  files: Files,
  { tls, ...options }: Omit<ConnectOptions, 'tls'> & { readonly tls: TlsFiles },
): Promise<Connection> {
  const { connect } = await import('../adapters/http/notary/connect.ts');
  const { certificateFolders: folders = [] } = tls;
  const more = folders.length > 0 && (await certificatesOf(folders, options.log));
  return connect({ ...options, tls: { ...tlsOptions(files, tls), ...(more && { more }) } });
}

async function certificatesOf(folders: readonly CertificateFolder[], log: Log): Promise<MoreTls> {
  const { readCertificateFolders } = await import('../adapters/http/docker/certificate-folders.ts');
  return readCertificateFolders(folders, log);
}

function tlsOptions(
  files: Files,
  { ca, caSource, clientCert, clientKey, skipVerify }: TlsFiles,
): ConnectOptions['tls'] {
  return {
    ...(ca !== undefined && { rootCa: files.absolute(ca) }),
    ...(caSource !== undefined && { rootCaSource: caSource }),
    ...(clientCert !== undefined && { clientCert: files.absolute(clientCert) }),
    ...(clientKey !== undefined && { clientKey: files.absolute(clientKey) }),
    skipVerify,
  };
}
