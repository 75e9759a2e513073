import { setTimeout as delay } from 'node:timers/promises';
import type { ManagedBroker } from '#platform/broker';
import { withAnchors } from './session.js';

/** Milliseconds in which a peer usually joins; a check costs a connection and what it loads, so it waits for them. */
const PATIENCE_MS = 1_000;

/**
 * Runs `work`; when it takes a while the broker is dialled beside it: a peer connects for ever and says nothing, so it is this that tells a
 * person within seconds that the broker is away or refuses the password.
 * @throws what the broker says when it cannot be used; `work` is interrupted then
 */
export const whileBrokerIsChecked = async <T>(
  makeBroker: () => Promise<ManagedBroker>,
  work: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T> => {
  const finished = new AbortController();
  const refused = new AbortController();
  let refusal: unknown;
  const check = dial(makeBroker, AbortSignal.any([signal, finished.signal])).catch((error: unknown) => {
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

const dial = async (makeBroker: () => Promise<ManagedBroker>, signal: AbortSignal): Promise<void> => {
  await delay(PATIENCE_MS, undefined, { signal });
  await withAnchors(await makeBroker(), () => Promise.resolve(), signal);
};
