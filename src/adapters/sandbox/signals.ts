/** Signals that ask the process to end. */

const asking = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Resolves with the next of them, which then does not end the process by itself. A second one does. */
export function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const heard = (signal: NodeJS.Signals) => {
      for (const name of asking) process.removeListener(name, heard);
      resolve(signal);
    };
    for (const name of asking) process.on(name, heard);
  });
}
