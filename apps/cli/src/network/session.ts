import { ShoalError } from '#core';
import type { ReplyBody, RequestBody, RequestName } from '#contracts';
import type { ManagedBroker, RequestOptions } from '#platform/broker';
import type { Context } from '../context.js';
import type { NetworkPlace } from './place.js';

/** How long a person waits for a broker that does not answer. */
const CONNECT_MS = 5_000;
/** Rounds of attempts that all fail at once (a refused port) before a person is told, about half a second. */
const REFUSED_ROUNDS = 3;
const DRAIN_MS = 1_000;

/** What a command asks the anchors. */
export interface Anchors {
  /** @throws ShoalError of the reply; `no-anchor` when nobody answered, `broker-away` when the broker is gone */
  ask<N extends RequestName>(name: N, body: RequestBody<N>, options?: RequestOptions): Promise<ReplyBody<N>>;
}

/** A broker for one command; nothing happens before `start`. The client library is loaded here. */
export const makeBroker = async (
  place: NetworkPlace,
  command: string,
  { broker, log }: Pick<Context, 'broker' | 'log'>,
): Promise<ManagedBroker> => {
  if (broker !== undefined) return broker(place, command);
  const { AmqpBroker } = await import('#platform/broker');
  return new AmqpBroker({
    urls: [...new Set(place.anchors.map(({ url }) => url))],
    sender: 'cli',
    connectionName: `cli/${command}`,
    network: place.networkId,
    ...(log === undefined ? {} : { log }),
  });
};

/**
 * Connects, runs the task, disconnects whatever happens. @throws ShoalError `cancelled` when the signal is raised
 */
export const withAnchors = async <T>(
  broker: ManagedBroker,
  task: (anchors: Anchors) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> => {
  try {
    await orAborted(connect(broker), signal);
    return await orAborted(task(anchorsOf(broker)), signal);
  } finally {
    await broker.stop(DRAIN_MS);
  }
};

const connect = (broker: ManagedBroker): Promise<void> =>
  new Promise((resolve, reject) => {
    broker.onState((state) => {
      if (state.kind === 'failed' && state.round >= REFUSED_ROUNDS) reject(state.error);
    });
    broker.start(CONNECT_MS).then(resolve, reject);
  });

export const anchorsOf = (broker: Pick<ManagedBroker, 'request'>): Anchors => ({
  ask: async (name, body, options) => {
    try {
      return await broker.request(name, body, { mandatory: true, tries: 2, ...options });
    } catch (error) {
      throw silence(error, name);
    }
  },
});

/** Nobody took the request or nobody answered: to a person both say that no anchor is there. */
const silence = (error: unknown, name: string): unknown =>
  error instanceof ShoalError && (error.code === 'timeout' || error.code === 'unroutable')
    ? new ShoalError('no-anchor', `the broker is there, but no anchor answers (${name})`, {
        retry: 'transient',
        cause: error,
        hint: 'Start one with `shoal anchor --name server1`, or wait until it is back.',
      })
    : error;

const orAborted = async <T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
  if (signal === undefined) return work;
  let listener: () => void = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    listener = () => reject(new ShoalError('cancelled', 'interrupted'));
    if (signal.aborted) listener();
    else signal.addEventListener('abort', listener, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', listener);
    work.catch(() => undefined);
  }
};
