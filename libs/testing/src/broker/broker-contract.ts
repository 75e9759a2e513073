import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ShoalError } from '#core';
import { HEADERS, topologyOf, type Binding } from '#contracts';
import { BROKER_LIMITS, type Broker, type IncomingMessage } from '#platform';
import { eventually, Gate } from './waiting.js';

/** A broker under test, and the means to prepare its queues. */
export interface BrokerUnderTest {
  readonly broker: Broker;
  /** Its exchanges are there, with the dead letter queue bound; queues of the contract go with `close`. */
  readonly network: string;
  declareQueue(name: string, bindings: readonly Binding[]): Promise<void>;
  close(): Promise<void>;
}

const leave = { peerId: 'a'.repeat(40), incarnation: 1 };
const gone = (): ShoalError => new ShoalError('redis-away', 'Redis is away', { retry: 'transient' });

/** What every `Broker` does, run on the memory one and on the real one. */
export const brokerContract = (name: string, open: () => Promise<BrokerUnderTest>): void => {
  describe(`${name} keeps the broker contract`, () => {
    let under: BrokerUnderTest;
    let broker: Broker;
    let queue: string;
    let requests: string;

    beforeEach(async () => {
      under = await open();
      broker = under.broker;
      queue = `${under.network}.contract`;
      requests = topologyOf(under.network).exchanges.requests;
      await under.declareQueue(queue, [{ exchange: requests, key: 'connection.leave.*' }]);
    });
    afterEach(() => under.close());

    const publishLeave = (messageId?: string): Promise<void> =>
      broker.publish({
        exchange: requests,
        key: `connection.leave.${broker.sender}`,
        name: 'connection.leave',
        body: leave,
        ...(messageId === undefined ? {} : { messageId }),
      });

    it('routes a message by its key and says what it is', async () => {
      const got: IncomingMessage[] = [];
      await broker.consume(queue, { prefetch: 1 }, async (message) => void got.push(message));
      await publishLeave('id-1');
      await eventually(() => expect(got).toHaveLength(1));
      expect(got[0]).toMatchObject({
        queue,
        exchange: requests,
        routingKey: `connection.leave.${broker.sender}`,
        name: 'connection.leave',
        messageId: 'id-1',
        redelivered: false,
        replyTo: undefined,
      });
      expect(JSON.parse((got[0] as IncomingMessage).body.toString())).toEqual(leave);
    });

    it('takes at most `prefetch` messages at the same time', async () => {
      const gate = new Gate();
      let most = 0;
      let now = 0;
      let done = 0;
      await broker.consume(queue, { prefetch: 2 }, async () => {
        most = Math.max(most, ++now);
        await gate.opened;
        now--;
        done++;
      });
      await Promise.all([publishLeave(), publishLeave(), publishLeave()]);
      await eventually(() => expect(now).toBe(2));
      gate.open();
      await eventually(() => expect(done).toBe(3));
      expect(most).toBe(2);
    });

    it('rejects a mandatory message that no queue takes, and no other', async () => {
      const nowhere = { exchange: requests, key: 'nobody.wants.this', name: 'reply', body: {} } as const;
      await expect(broker.publish({ ...nowhere, mandatory: true })).rejects.toMatchObject({
        code: 'unroutable',
      });
      await expect(broker.publish(nowhere)).resolves.toBeUndefined();
      await expect(publishLeave()).resolves.toBeUndefined();
    });

    it('refuses a body over the cap', async () => {
      const body = { text: 'x'.repeat(BROKER_LIMITS.bodyBytes) };
      await expect(
        broker.publish({ exchange: requests, key: 'connection.leave.x', name: 'connection.leave', body }),
      ).rejects.toMatchObject({ code: 'limit-exceeded' });
    });

    it('makes a permanent error a dead letter with its reason, and goes on', async () => {
      const handled: string[] = [];
      await broker.consume(queue, { prefetch: 1 }, async ({ messageId }) => {
        handled.push(String(messageId));
        if (messageId === 'bad') throw new ShoalError('bad-name', 'no such name');
      });
      await publishLeave('bad');
      await publishLeave('good');
      const dead = await nextOf(topologyOf(under.network).queues.dead.name);
      expect(dead).toMatchObject({
        routingKey: `connection.leave.${broker.sender}`,
        name: 'connection.leave',
        messageId: 'bad',
        headers: {
          [HEADERS.deadCode]: 'bad-name',
          [HEADERS.deadReason]: 'no such name',
          [HEADERS.deadQueue]: queue,
          [HEADERS.deadAt]: expect.any(Number),
        },
      });
      expect(JSON.parse(dead.body.toString())).toEqual(leave);
      await eventually(() => expect(handled).toEqual(['bad', 'good']));
    });

    it('pauses on a transient error, and handles the same message when the dependency is well', async () => {
      const well = new Gate();
      const handled: string[] = [];
      await broker.consume(queue, { prefetch: 1, untilWell: () => well.opened }, async (message) => {
        handled.push(`${message.messageId} ${message.redelivered}`);
        if (!well.isOpen) throw gone();
      });
      await publishLeave('first');
      await publishLeave('second');
      await eventually(() => expect(handled).toEqual(['first false']));
      well.open();
      await eventually(() => expect(handled).toHaveLength(3));
      expect(handled.slice(0, 2)).toEqual(['first false', 'first true']);
      expect(handled[2]).toMatch(/^second/);
    });

    it('stops a consumer after the messages in hand', async () => {
      const gate = new Gate();
      const started = new Gate();
      let finished = false;
      const consumer = await broker.consume(queue, { prefetch: 1 }, async () => {
        started.open();
        await gate.opened;
        finished = true;
      });
      await publishLeave('in hand');
      await started.opened;
      await publishLeave('not taken');
      const stopped = consumer.stop().then(() => finished);
      gate.open();
      expect(await stopped).toBe(true);
      expect((await nextOf(queue)).messageId).toBe('not taken');
    });

    const nextOf = async (from: string): Promise<IncomingMessage> => {
      const arrival = new Promise<IncomingMessage>((resolve) => {
        void broker.consume(from, { prefetch: 1 }, async (message) => resolve(message));
      });
      return arrival;
    };

    describe('request', () => {
      const answerWith = async (
        answer: (asked: number, message: IncomingMessage) => unknown,
      ): Promise<string[]> => {
        const asked: string[] = [];
        const name = `${under.network}.answering`;
        await under.declareQueue(name, [{ exchange: requests, key: 'manifest.search.*' }]);
        await broker.consume(name, { prefetch: 1 }, async (message) => {
          asked.push(String(message.messageId));
          const body = answer(asked.length, message);
          if (body === undefined) return;
          await broker.publish({
            exchange: '',
            key: String(message.replyTo),
            name: 'reply',
            body,
            ...(message.correlationId === undefined ? {} : { correlationId: message.correlationId }),
          });
        });
        return asked;
      };

      it('resolves with the result of the reply', async () => {
        await answerWith((_, { body }) => ({
          ok: true,
          result: { files: [], next: JSON.parse(String(body)).pattern },
        }));
        await expect(broker.request('manifest.search', { pattern: 'a' })).resolves.toEqual({
          files: [],
          next: 'a',
        });
      });

      it('rejects with the error of the reply', async () => {
        const error = { code: 'not-found', message: 'no such file', retry: 'permanent' };
        await answerWith(() => ({ ok: false, error }));
        await expect(broker.request('manifest.search', { pattern: 'a' })).rejects.toMatchObject(error);
      });

      it('asks again with the same message id when no reply comes', async () => {
        const asked = await answerWith((times) =>
          times < 3 ? undefined : { ok: true, result: { files: [] } },
        );
        await broker.request('manifest.search', { pattern: 'a' }, { timeoutMs: 200, tries: 3 });
        expect(asked).toHaveLength(3);
        expect(new Set(asked).size).toBe(1);
      });

      it('rejects with a transient timeout in the end', async () => {
        const asked = await answerWith(() => undefined);
        await expect(
          broker.request('manifest.search', { pattern: 'a' }, { timeoutMs: 100, tries: 2 }),
        ).rejects.toMatchObject({ code: 'timeout', retry: 'transient' });
        expect(asked).toHaveLength(2);
      });

      it('rejects at once when it is mandatory and nobody takes it', async () => {
        const key = `connection.join.nobody.${randomUUID()}`;
        await expect(broker.request('connection.peers', {}, { key, mandatory: true })).rejects.toMatchObject({
          code: 'unroutable',
        });
      });
    });
  });
};
