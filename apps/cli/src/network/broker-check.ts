import type { ManagedBroker } from '#platform/broker';
import { withAnchors } from './session.js';

/**
 * Runs `work` while the broker is dialled beside it: a peer connects for ever and says nothing, so it is this that tells a
 * person within seconds that the broker is away or refuses the password.
 * @throws what the broker says when it cannot be used; `work` is interrupted then
 */
export const whileBrokerIsChecked = async <T>(
  broker: ManagedBroker,
  work: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T> => {
  const finished = new AbortController();
  const refused = new AbortController();
  let refusal: unknown;
  const check = withAnchors(
    broker,
    () => Promise.resolve(),
    AbortSignal.any([signal, finished.signal]),
  ).catch((error: unknown) => {
    if (signal.aborted || finished.signal.aborted) return;
    refusal = error;
    refused.abort();
  });
  try {
    return await work(AbortSignal.any([signal, refused.signal]));
  } catch (error) {
    throw refusal ?? error;
  } finally {
    finished.abort();
    await check;
  }
};
