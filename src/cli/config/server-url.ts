/** Checks the trust server's URL before any work, as Go's net/url would. */

import { trimEndOf } from '../../encoding/trim.ts';
import { maskPassword } from '../../encoding/url-text.ts';
import { webUrlDefect } from '../../encoding/web-url.ts';
import { NotaryError } from '../../errors.ts';
import { goQuote } from '../../go/quote.ts';
import { schemeOf, urlDefect } from '../../go/url.ts';

/**
 * The URL to build requests on: as configured, without a trailing slash, which would make the
 * original's server redirect every request.
 *
 * @param gun becomes a part of every URL
 * @param online whether the server is going to be asked; the words of a refusal differ
 * @throws NotaryError SERVER_URL_INVALID
 */
export function checkServerUrl(url: string, gun: string, online: boolean): string {
  const shown = maskPassword(url);
  if (online) {
    const reason = urlDefect(url);
    if (reason !== undefined) {
      throw invalid(
        url,
        `Could not parse remote trust server url (${shown}): parse ${goQuote(shown)}: ${reason}`,
      );
    }
    if (schemeOf(url) === '') {
      throw invalid(url, `Trust server url has to be in the form of http(s)://URL:PORT. Got: ${shown}`);
    }
  }
  const base = withoutTrailingSlash(url);
  const store = `${base}/v2/${gun}/_trust/tuf/`;
  const reason = urlDefect(store);
  if (reason !== undefined) throw invalid(url, `parse ${goQuote(maskPassword(store))}: ${reason}`);
  if (schemeOf(url) === '') throw invalid(url, 'HTTPStore requires an absolute baseURL');
  checkAddress(url);
  return base;
}

/** What Go parses and no request can be sent to. Notary 0.7.0 finds out when it sends, and goes on from its cache. */
function checkAddress(url: string): void {
  const defect =
    webUrlDefect(url) ??
    (/[?#]/.test(url)
      ? 'a query or a fragment is in it, and the path of each file has to follow it'
      : undefined);
  if (defect === undefined) return;
  const forgotten = /^[a-z0-9.-]+:[0-9]+(\/.*)?$/i.test(url) ? ` Write https://${url}` : '';
  throw invalid(
    url,
    `Trust server url has to be in the form of http(s)://URL:PORT. Got: ${maskPassword(url)}`,
    `The server URL cannot be used: ${defect}.${forgotten}`,
  );
}

function invalid(url: string, message: string, hint?: string): NotaryError {
  return new NotaryError('SERVER_URL_INVALID', message, { details: { url: maskPassword(url) }, hint });
}

function withoutTrailingSlash(url: string): string {
  return /^[^?#]*[^/]\/+$/.test(url) && !/:\/+$/.test(url) ? trimEndOf(url, '/') : url;
}
