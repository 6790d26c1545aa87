/**
 * Words network errors (TCP, TLS, HTTP framing) as Go's net, crypto/tls and net/http packages do, because Notary
 * 0.7.0 shows their text. A failure that Go has no words for gets plain ones.
 */

import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { NotaryError } from '../../../errors.ts';
import { connectionReason, errorCode } from '../../../go/errno.ts';

/** A NETWORK error about a server (`host:port`). */
export function networkError(
  reason: string,
  host: string,
  options: { hint?: string | undefined; cause?: unknown } = {},
): NotaryError {
  return new NotaryError('NETWORK', reason, { ...options, details: { host } });
}

class Stall extends Error {}

/** A NETWORK error whose cause is that the server kept the client waiting for longer than a limit. */
export function stallError(reason: string, host: string): NotaryError {
  return networkError(reason, host, { cause: new Stall('the limit has passed') });
}

/** True for an error made by `stallError`, or caused by one. */
export function isStall(error: unknown): boolean {
  return error instanceof Stall || (error instanceof Error && isStall(error.cause));
}

/** `host:port` as Go writes it, with brackets around an IPv6 address. */
export function hostPort(host: string, port: number | string): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Why a TCP connection could not be made: `dial tcp 127.0.0.1:1: connect: connection refused`. */
export function dialReason(error: unknown, host: string, port: number): string {
  // Several addresses were tried: the failure of the first is reported.
  if (error instanceof AggregateError && error.errors.length > 0)
    return dialReason(error.errors[0], host, port);
  const code = errorCode(error);
  if (code === 'ENOTFOUND') return `dial tcp: lookup ${host}: no such host`;
  if (code === 'EAI_AGAIN') return `dial tcp: lookup ${host}: temporary failure in name resolution`;
  const address = error instanceof Error && 'address' in error ? String(error.address) : host;
  const words = connectionReason(error);
  const reason =
    words === undefined ? String(error instanceof Error ? error.message : error) : `connect: ${words}`;
  return `dial tcp ${hostPort(address, port)}: ${reason}`;
}

const untrusted = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_UNTRUSTED',
  'CERT_SIGNATURE_FAILURE',
  'INVALID_CA',
]);

/** RFC 3339 without fractions, as Go prints the two times of an expired certificate. */
function rfc3339(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z');
}

export interface HandshakeFacts {
  readonly now: Date;
  /** The certificate that the server showed, when it got that far. */
  readonly peer: PeerCertificate | undefined;
  /** `a:1->b:2` */
  readonly endpoints: string;
}

/** Why a TLS handshake failed: `x509: certificate signed by unknown authority`, and so on. */
export function handshakeReason(error: unknown, { now, peer, endpoints }: HandshakeFacts): string {
  const code = errorCode(error);
  // Node reports a stream that ended early as a reset, but one without a system call.
  if (error === undefined || (code === 'ECONNRESET' && !(error instanceof Error && 'syscall' in error)))
    return 'EOF';
  if (untrusted.has(code)) return 'x509: certificate signed by unknown authority';
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    const early = code === 'CERT_NOT_YET_VALID';
    const limit = new Date((early ? peer?.valid_from : peer?.valid_to) ?? Number.NaN);
    const times = Number.isNaN(limit.getTime())
      ? ''
      : `: current time ${rfc3339(now)} is ${early ? 'before' : 'after'} ${rfc3339(limit)}`;
    return `x509: certificate has expired or is not yet valid${times}`;
  }
  if (code === 'INVALID_PURPOSE') return 'x509: certificate specifies an incompatible key usage';
  return streamReason(error, endpoints) ?? wordsOf(error);
}

/** Go's words for a failure of an established stream, or undefined when it is none that is known. */
export function streamReason(error: unknown, endpoints?: string): string | undefined {
  const code = errorCode(error);
  const alert = /^ERR_SSL_(?:TLSV1|TLSV13|SSLV3)_ALERT_(.+)$/.exec(code)?.[1];
  if (alert !== undefined) return `remote error: tls: ${alertWords(alert)}`;
  // A server that answers a TLS handshake with something else is nearly always an http server.
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER') return 'http: server gave HTTP response to HTTPS client';
  if (code === 'ERR_SSL_UNSUPPORTED_PROTOCOL') return 'tls: server selected unsupported protocol version';
  const words = connectionReason(error);
  if (words === undefined) return undefined;
  const call = code === 'EPIPE' ? 'write' : 'read';
  return endpoints === undefined ? `${call}: ${words}` : `${call} tcp ${endpoints}: ${call}: ${words}`;
}

function alertWords(alert: string): string {
  return alert === 'PROTOCOL_VERSION'
    ? 'protocol version not supported'
    : alert.toLowerCase().replaceAll('_', ' ');
}

/**
 * One sentence on what to do about a failed handshake, where there is something to say.
 *
 * @param onlyCa the file of the only CA that is trusted, and what named it
 */
export function handshakeHint(reason: string, onlyCa?: string): string | undefined {
  if (reason.endsWith('unknown authority')) {
    if (onlyCa !== undefined)
      return `The server's certificate is not of the CA in ${onlyCa}, the only one that is trusted: name the file of the server's own CA there.`;
    return "The server's certificate is of another CA than those trusted here: name its CA with --tlscacert, or as remote_server.root_ca in the configuration file.";
  }
  if (reason === 'http: server gave HTTP response to HTTPS client')
    return 'The server speaks http and not https: write http:// in its URL, or ask who runs it for the port of https.';
  if (reason.startsWith('x509: certificate has expired'))
    return "Check this machine's clock and the server's certificate.";
  return undefined;
}

/** More are not named (Go 1.24). */
const maxNames = 100;

/**
 * Checks that a certificate is for a host, by its subject alternative names alone: unlike Node,
 * and like Go, a common name counts for nothing (RFC 6125, 6.4.4).
 *
 * @returns the error that refuses the connection, worded as Go's crypto/x509
 */
export function checkIdentity(host: string, peer: PeerCertificate): Error | undefined {
  const names = (peer.subjectaltname ?? '').split(', ');
  const of = (kind: string): readonly string[] =>
    names.filter((name) => name.startsWith(kind)).map((name) => name.slice(kind.length));
  const dns = of('DNS:');
  const addresses = of('IP Address:');
  if (isIP(host) !== 0) {
    if (addresses.length === 0) {
      return new Error(
        `x509: cannot validate certificate for ${host} because it doesn't contain any IP SANs`,
      );
    }
  } else if (dns.length === 0) {
    return new Error(
      peer.subjectaltname === undefined
        ? 'x509: certificate relies on legacy Common Name field, use SANs instead'
        : `x509: certificate is not valid for any names, but wanted to match ${host}`,
    );
  }
  if (checkServerIdentity(host, peer) === undefined) return undefined;
  const valid = isIP(host) === 0 ? dns : addresses;
  return new Error(
    valid.length > maxNames
      ? `x509: certificate is valid for ${valid.length} names, but none matched ${host}`
      : `x509: certificate is valid for ${valid.join(', ')}, not ${host}`,
  );
}
