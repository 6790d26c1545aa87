/** Waits for the signals that ask the process to end. */

const asking = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface AwaitedSignal {
  /** Resolves with the first of them, which then does not end the process by itself. The next one does. */
  readonly heard: Promise<void>;
  /** Leaves signals to the system again. */
  forget(): void;
}

export function awaitSignal(): AwaitedSignal {
  let forget: () => void = () => undefined;
  const heard = new Promise<void>((resolve) => {
    const hear = () => {
      forget();
      resolve();
    };
    forget = () => {
      for (const name of asking) process.removeListener(name, hear);
    };
    for (const name of asking) process.on(name, hear);
  });
  return { heard, forget };
}
