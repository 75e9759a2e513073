import type { MessageEvent } from '@nestjs/common';
import { Observable } from 'rxjs';
import { ShoalError } from '#core';
import type { Distributions } from './distributions.js';
import type { FactHub } from './fact-hub.js';

/**
 * A distribution as a stream: `status` as it is now, and again when facts may have been missed; each fact under its name; until it
 * has ended.
 * @throws ShoalError `not-found`, `limit-exceeded`
 */
export const distributionEvents = async (
  id: string,
  distributions: Pick<Distributions, 'status'>,
  hub: FactHub,
): Promise<Observable<MessageEvent>> => {
  if (hub.isFull) {
    throw new ShoalError('limit-exceeded', 'too many streams are open already', { retry: 'transient' });
  }
  await distributions.status(id, { limit: '1' });
  return new Observable((subscriber) => {
    const look = (): void =>
      void distributions.status(id).then(
        (status) => {
          subscriber.next({ type: 'status', data: status });
          if (status.state !== 'running') subscriber.complete();
        },
        (error: unknown) => subscriber.error(error),
      );
    const stop = hub.listen(id, {
      fact: ({ name, id: messageId, body }) => {
        subscriber.next({ type: name, id: messageId, data: body });
        if (name.startsWith('distribution.')) subscriber.complete();
      },
      gap: look,
    });
    // Asked for once more now that it listens: nothing between is missed.
    look();
    return stop;
  });
};
