/** A reverse proxy with TLS that demands HTTP Basic before it lets anyone through to a notary server. */
import { readFileSync } from 'node:fs';
import { createServer, request as forward } from 'node:https';
import type { Certificates } from './certificates.ts';
import { listen } from './servers.ts';
import { basicCredentials } from './token-service.ts';

export interface BasicFrontOptions {
  readonly certificates: Certificates;
  /** Passwords by user name. */
  readonly users: Readonly<Record<string, string>>;
  /** Port of the notary server behind. */
  readonly behind: number;
}

/** One request as it came to the front. */
export interface FrontRequest {
  readonly method: string;
  readonly uri: string;
  /** User name of the Basic header. */
  readonly user: string | undefined;
  readonly admitted: boolean;
}

export interface BasicFront {
  readonly port: number;
  readonly url: string;
  readonly requests: readonly FrontRequest[];
  stop(): Promise<void>;
}

/** Starts the front on a free port, under the test authority's certificate. */
export async function startBasicFront(options: BasicFrontOptions): Promise<BasicFront> {
  const requests: FrontRequest[] = [];
  const ca = readFileSync(options.certificates.caCertificate);
  const tls = {
    key: readFileSync(options.certificates.serverKey),
    cert: readFileSync(options.certificates.serverCertificate),
  };
  const server = createServer(tls, (incoming, outgoing) => {
    const { method = 'GET', url: path = '/' } = incoming;
    const credentials = basicCredentials(incoming.headers.authorization);
    const admitted = credentials !== undefined && options.users[credentials.user] === credentials.password;
    requests.push({ method, uri: path, user: credentials?.user, admitted });
    if (!admitted) {
      outgoing.writeHead(401, { 'WWW-Authenticate': 'Basic realm="tsnotary test"' }).end();
      return;
    }
    const { headers } = incoming;
    const target = { host: 'localhost', port: options.behind, method, path, headers, ca };
    const onward = forward(target, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.once('error', () => outgoing.writeHead(502).end());
    incoming.pipe(onward);
  });
  const { port, stop } = await listen(server);
  return { port, url: `https://localhost:${port}`, requests, stop };
}
