import { setTimeout as delay } from 'node:timers/promises';
import { ShoalError } from '#core';

/** @throws ShoalError `timeout` */
export const within = async <T>(work: Promise<T>, milliseconds: number, what: string): Promise<T> => {
  const controller = new AbortController();
  const late = delay(milliseconds, undefined, { signal: controller.signal }).then(() => {
    throw new ShoalError('timeout', `${what} took more than ${Math.round(milliseconds / 1_000)} s`);
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    controller.abort();
  }
};

/** For servers that do not say when they are up. @throws ShoalError `timeout` */
export const untilTrue = async (
  ask: () => Promise<boolean>,
  what: string,
  milliseconds = 20_000,
): Promise<void> => {
  const deadline = performance.now() + milliseconds;
  while (!(await ask())) {
    if (performance.now() > deadline)
      throw new ShoalError('timeout', `${what} is not up after ${milliseconds} ms`);
    await delay(20);
  }
};
