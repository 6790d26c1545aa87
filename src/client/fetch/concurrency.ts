/** Runs work for many items under a concurrency limit: at most so many at a time. */

/**
 * Does `work` for 0 to `count` - 1, started in this order, at most `jobs` at a time.
 *
 * When one throws, no other is started; the function waits for those that are running.
 *
 * @param admitted waited for before each is begun
 * @throws what the first of them threw
 */
export async function inParallel(
  count: number,
  jobs: number,
  work: (index: number) => Promise<void>,
  admitted: () => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  const stopped = () => failures.length > 0;
  let next = 0;
  const worker = async (): Promise<void> => {
    try {
      while (!stopped()) {
        await admitted();
        if (stopped() || next >= count) return;
        await work(next++);
      }
    } catch (error) {
      failures.push(error);
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, count) }, worker));
  if (stopped()) throw failures[0];
}
