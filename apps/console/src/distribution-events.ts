import type { MessageEvent } from '@nestjs/common';
import { Observable } from 'rxjs';
import { ShoalError } from '#core';
import { STREAM_ALIVE_MS } from './console-limits.js';
import type { Distributions } from './distributions.js';
import type { FactHub } from './fact-hub.js';

const STILL_HERE: MessageEvent = { comment: 'still here' };

/**
 * A distribution as a stream: `status` as it is now, and again when facts may have been missed; each fact under its name; a comment
 * at the start and each `aliveMs`; until it has ended or nobody reads it.
 * @throws ShoalError `not-found`, `limit-exceeded`
 */
export const distributionEvents = async (
  id: string,
  distributions: Pick<Distributions, 'status'>,
  hub: FactHub,
  aliveMs = STREAM_ALIVE_MS,
): Promise<Observable<MessageEvent>> => {
  if (hub.isFull) {
    throw new ShoalError('limit-exceeded', 'too many streams are open already', { retry: 'transient' });
  }
  await distributions.status(id, { limit: '1' });
  return new Observable((subscriber) => {
    const look = (): Promise<void> =>
      distributions.status(id).then(
        (status) => {
          subscriber.next({ type: 'status', data: status });
          if (status.state !== 'running') subscriber.complete();
        },
        (error: unknown) => subscriber.error(error),
      );
    const stop = hub.listen(id, {
      fact: ({ name, id: messageId, body }) =>
        void begun.then(() => {
          subscriber.next({ type: name, id: messageId, data: body });
          if (name.startsWith('distribution.')) subscriber.complete();
        }),
      gap: () => void look(),
    });
    const alive = setInterval(() => subscriber.next(STILL_HERE), aliveMs);
    subscriber.next(STILL_HERE);
    // Asked for once more now that it listens: nothing between is missed, and what comes meanwhile is told after it.
    const begun = look();
    return () => {
      clearInterval(alive);
      stop();
    };
  });
};
