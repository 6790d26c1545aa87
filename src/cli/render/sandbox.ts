/** Renders where a sandbox listens, and the settings that its clients need. */

import { goJson } from '../../encoding/canonical-json.ts';
import type { JsonValue } from '../../encoding/json-value.ts';
import { shellQuote } from '../../encoding/shell-quote.ts';
import type { SandboxAddress } from '../../ports/sandbox.ts';
import { escapeForTerminal, visibleJson } from './terminal-escape.ts';
import type { View } from './view.ts';

export interface StartedSandbox extends SandboxAddress {
  /** It runs in a process of its own. */
  readonly detached: boolean;
  /** False when `sandbox stop` needs to be told the directory. */
  readonly inDefaultFolder: boolean;
}

const purpose = `It is meant for development and testing: it takes requests from this machine
only, and the keys it signs with are on disk without a passphrase. In production
run notary-server with MySQL or PostgreSQL, and notary-signer: see
docs/production-server.md in the package or the repository of tsnotary.`;

/** The text of `sandbox start`: commands and settings to copy. */
export const sandboxView: View<StartedSandbox> = {
  text: ({ url, ca, folder, pid, detached, inDefaultFolder }) => {
    const host = new URL(url).host;
    const remote = new Map(Object.entries({ root_ca: ca, url }));
    const shared = new Map<string, JsonValue>([
      ['trust_dir', '~/.docker/trust'],
      ['remote_server', remote],
    ]);
    const settings = visibleJson(goJson(shared));
    const stop = `tsnotary sandbox stop${inDefaultFolder ? '' : ` --dir ${quoted(folder)}`}`;
    const certificates = `~/.docker/tls/${host}`;
    return `A Notary server listens on ${url} (loopback only, process ${pid}).
It keeps everything in ${escapeForTerminal(folder)}.

${purpose}

tsnotary and notary, for one command:
    tsnotary -s ${url} --tlscacert ${quoted(ca)} init example.com/demo -p
tsnotary and notary, for all, in ~/.notary/config.json, with docker's keys:
    ${settings}
docker:
    export DOCKER_CONTENT_TRUST=1 DOCKER_CONTENT_TRUST_SERVER=${url}
    mkdir -p ${certificates} && cp ${quoted(ca)} ${certificates}/ca.crt

${detached ? stop : 'Ctrl-C'} ends it.
`;
  },
  json: ({ url, ca, folder, pid, detached }) => ({ url, ca, folder, pid, detached }),
};

function quoted(word: string): string {
  return shellQuote(escapeForTerminal(word));
}
