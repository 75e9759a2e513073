import { ShoalError } from '#core';

/** @throws ShoalError `timeout` when it takes longer than `ms` */
export const within = async <T>(work: Promise<T>, ms: number, what: string): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new ShoalError('timeout', `${what} has not come`)), ms);
    // A wait that nobody waits for any more must not keep the process.
    timer.unref();
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};
