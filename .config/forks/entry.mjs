// The process of one test file; see pool.mjs.

import { init, runBaseTests, setupEnvironment } from 'vitest/worker';
import { decoded, encoded } from './messages.mjs';

// Tests may replace them.
const { send } = process;
const post = send.bind(process);
const exit = process.exit.bind(process);
const listeners = new Map();

const on = (callback) => {
  const listener = (text) => callback(decoded(text));
  listeners.set(callback, listener);
  process.on('message', listener);
};
const off = (callback) => {
  process.off('message', listeners.get(callback) ?? callback);
  listeners.delete(callback);
};
// Nobody is left to be told when the channel is closed.
const ended = (error) => {
  if (error?.code === 'ERR_IPC_CHANNEL_CLOSED' || error?.code === 'EPIPE') exit(1);
};
process.on('error', ended);

const run = (method) => async (state, traces) => {
  try {
    await runBaseTests(method, state, traces);
  } finally {
    process.exit = exit;
  }
};

init({
  post: (message) => post(encoded(message)),
  on,
  off,
  teardown() {
    process.removeAllListeners('message');
    process.off('error', ended);
  },
  runTests: run('run'),
  collectTests: run('collect'),
  setup: setupEnvironment,
});
