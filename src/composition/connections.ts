/** Connects to a trust server; the HTTP client is loaded when the first connection is opened. */

import type { Connection, ConnectOptions } from '../adapters/http/notary/connect.ts';
import type { Files } from '../ports/files.ts';

/** Paths of PEM files, as the caller named them; undefined for what was not given. */
export interface TlsFiles {
  readonly ca: string | undefined;
  /** What named it: a flag, or a setting. */
  readonly caSource?: string | undefined;
  readonly clientCert: string | undefined;
  readonly clientKey: string | undefined;
  /** Accepts any certificate of the server. */
  readonly skipVerify: boolean;
}

/** @throws NotaryError as `connect` does */
export async function openConnection(
  files: Files,
  { tls, ...options }: Omit<ConnectOptions, 'tls'> & { readonly tls: TlsFiles },
): Promise<Connection> {
  const { connect } = await import('../adapters/http/notary/connect.ts');
  return connect({ ...options, tls: tlsOptions(files, tls) });
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
