/** Calls between two looks at the clock. */
const BATCH = 64;

const cpuMilliseconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

/**
 * Nanoseconds of this process's CPU per call of `work`, over about `milliseconds`, after a fifth of that to let the
 * compiler finish. CPU, not time, so that other processes change little.
 */
export const nanosecondsPerCall = (work: () => void, milliseconds: number): number => {
  repeat(work, milliseconds / 5);
  const { calls, elapsed } = repeat(work, milliseconds);
  return (elapsed * 1e6) / calls;
};

const repeat = (work: () => void, milliseconds: number): { calls: number; elapsed: number } => {
  const startedAt = cpuMilliseconds();
  let calls = 0;
  let elapsed = 0;
  while (elapsed < milliseconds) {
    for (let call = 0; call < BATCH; call++) work();
    calls += BATCH;
    elapsed = cpuMilliseconds() - startedAt;
  }
  return { calls, elapsed };
};
