import type { Message } from 'amqplib';
import { asShoalError, errorFromDocument, ShoalError } from '#core';
import { replyEnvelope } from '#contracts';
import { brokerAway } from './amqp-errors.js';
import { BROKER_LIMITS } from './broker-limits.js';

interface Waiting {
  resolve(result: unknown): void;
  reject(error: ShoalError): void;
}

/** Requests that wait for their reply, by correlation id. Replies that nobody waits for any more are dropped. */
export class PendingRequests {
  private readonly waiting = new Map<string, Waiting>();

  get size(): number {
    return this.waiting.size;
  }

  /**
   * Resolves with the result of the reply; rejects with its error or with `timeout` (transient).
   * @throws ShoalError `limit-exceeded` (transient) at once when too many wait
   */
  expect(correlationId: string, timeoutMs: number, what: string): Promise<unknown> {
    if (this.waiting.size >= BROKER_LIMITS.pendingRequests) {
      throw new ShoalError('limit-exceeded', `${this.waiting.size} requests wait for a reply already`, {
        retry: 'transient',
      });
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.fail(correlationId, timedOut(what, timeoutMs)), timeoutMs);
      const settled = (): void => {
        clearTimeout(timer);
        this.waiting.delete(correlationId);
      };
      this.waiting.set(correlationId, {
        resolve: (result) => (settled(), resolve(result)),
        reject: (error) => (settled(), reject(error)),
      });
    });
  }

  take({ properties, content }: Pick<Message, 'properties' | 'content'>): void {
    const waiting = this.waiting.get(String(properties.correlationId));
    if (waiting === undefined) return;
    try {
      const envelope = replyEnvelope.parse(JSON.parse(content.toString('utf8')));
      if (envelope.ok) waiting.resolve(envelope.result);
      else waiting.reject(errorFromDocument(envelope.error));
    } catch (thrown) {
      waiting.reject(new ShoalError('bad-message', 'the reply cannot be read', { cause: thrown }));
    }
  }

  fail(correlationId: string, error: unknown): void {
    this.waiting.get(correlationId)?.reject(asShoalError(error));
  }

  /** The channel that the replies would come on is gone: every request must be asked again. */
  failAll(): void {
    for (const waiting of [...this.waiting.values()]) {
      waiting.reject(brokerAway('the connection was lost while a reply was awaited'));
    }
  }
}

const timedOut = (what: string, timeoutMs: number): ShoalError =>
  new ShoalError('timeout', `${what} was not answered within ${timeoutMs} ms`, {
    retry: 'transient',
    hint: 'Is an anchor of this network running?',
  });
