// Runs each test file in a process of its own, as vitest's pool `forks` does, but with messages as text: Node 20 loses the
// thread of a channel with `serialization: 'advanced'` when a read ends within the length that opens a message, and the run
// waits for ever (nodejs/node#55834).

import { fork } from 'node:child_process';
import { ForksPoolWorker } from 'vitest/node';
import { decoded, encoded } from './messages.mjs';

const entry = `${import.meta.dirname}/entry.mjs`;

class TextForksWorker extends ForksPoolWorker {
  async start() {
    this._fork ??= fork(entry, [], {
      env: this.env,
      execArgv: this.execArgv,
      stdio: 'pipe',
      serialization: 'json',
    });
    await super.start();
  }

  send(message) {
    this.fork.send(encoded(message));
  }

  deserialize(message) {
    return decoded(message);
  }
}

/** For the member `pool` of a configuration of vitest. */
export const textForks = {
  name: 'forks',
  createPoolWorker: (options) => new TextForksWorker(options),
};
