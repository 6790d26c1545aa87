/** Says where a registry is reached, and finds out whether one of this machine speaks https or http. */

import { isNotaryError, type NotaryError } from '../../errors.ts';
import type { HttpClient } from '../../ports/http.ts';
import { isLoopback } from '../http/transport/address-ranges.ts';
import { isStall } from '../http/transport/network-error.ts';

/** The domain that stands for Docker Hub in names of images, and the host of its registry. */
const hub = { domain: 'docker.io', host: 'registry-1.docker.io' };

/** The host (and port) that a registry is reached at. */
export function hostOfRegistry(domain: string): string {
  return domain === hub.domain ? hub.host : domain;
}

const maxPing = 64 * 1024;

/**
 * Scheme, host and port of a registry: https, unless the caller wants plain http for it. A registry of this machine is
 * asked which of the two it speaks, https first, as Docker's engine does.
 *
 * @param timeout milliseconds for the question
 * @throws NotaryError NETWORK, of https, when a registry of this machine answers neither
 */
export async function addressOf(
  http: HttpClient,
  domain: string,
  { plainHttp, timeout }: { readonly plainHttp: boolean; readonly timeout: number },
): Promise<string> {
  const host = hostOfRegistry(domain);
  if (plainHttp) return `http://${host}`;
  const secure = `https://${host}`;
  if (!URL.canParse(secure)) return secure;
  const { hostname } = new URL(secure);
  if (!isLoopback(hostname.replace(/^\[|\]$/g, ''))) return secure;
  const failure = await failureOfPing(http, secure, timeout);
  if (failure === undefined) return secure;
  const plain = `http://${host}`;
  if (!speaksTls(failure) && (await failureOfPing(http, plain, timeout)) === undefined) return plain;
  throw failure;
}

/** Why nothing answers, or undefined when something does, whatever it says. */
async function failureOfPing(
  http: HttpClient,
  base: string,
  timeout: number,
): Promise<NotaryError | undefined> {
  try {
    await http.send({ method: 'GET', url: `${base}/v2/`, limit: maxPing, timeout });
    return undefined;
  } catch (error) {
    if (isNotaryError(error, 'NETWORK')) return error;
    if (isNotaryError(error, 'MALICIOUS_SERVER')) return undefined;
    throw error;
  }
}

/** A server that speaks TLS and fails at it, or does not answer in time, is not asked to do without. */
function speaksTls(error: NotaryError): boolean {
  return isStall(error) || /^(?:x509|tls|remote error: tls):/.test(error.message);
}
