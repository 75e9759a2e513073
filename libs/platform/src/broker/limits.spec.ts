import { describe, expect, it } from '@jest/globals';
import type { ChannelModel } from 'amqplib';
import { ShoalError } from '#core';
import { brokerAway } from './amqp-errors.js';
import type { IncomingMessage } from './broker.js';
import { BROKER_LIMITS } from './broker-limits.js';
import { deadLetterOf } from './dead-letter.js';
import { encodeMessage, type EncodedMessage } from './encode.js';
import { Publisher } from './publisher.js';
import { PendingRequests } from './requests.js';
import { settle } from './settle.js';

const incoming = (more: Partial<IncomingMessage>): IncomingMessage => ({
  ...{ queue: 'q', exchange: 'e', routingKey: 'k', name: 'n', body: Buffer.alloc(0), messageId: 'm' },
  ...{ correlationId: undefined, replyTo: undefined, redelivered: false, headers: {} },
  ...more,
});
const dead = (more: Partial<IncomingMessage>): EncodedMessage =>
  deadLetterOf(incoming(more), new ShoalError('limit-exceeded', 'x'), 'dead', 1);
const handled = async (bytes: number): Promise<string> => {
  let outcome = 'handled';
  const message = incoming({ body: Buffer.alloc(bytes) });
  const delivery = { message, ack: () => undefined, requeue: () => undefined };
  const deadLetter = async (_message: IncomingMessage, error: ShoalError): Promise<void> =>
    void (outcome = error.code);
  await settle(delivery, () => Promise.resolve(), { deadLetter, pause: () => Promise.resolve() });
  return outcome;
};
const refusal = (act: () => unknown): unknown => {
  try {
    return act();
  } catch (error) {
    return error;
  }
};

const CASES: Record<keyof typeof BROKER_LIMITS, (cap: number) => Promise<void> | string> = {
  bodyBytes: async (cap) => {
    expect([await handled(cap), await handled(cap + 1)]).toEqual(['handled', 'limit-exceeded']);
    const text = 'x'.repeat(cap);
    const message = { exchange: 'e', key: 'k', name: 'reply' as const, body: text };
    expect(refusal(() => encodeMessage(message, 'me'))).toMatchObject({ code: 'limit-exceeded' });
  },
  deadBodyBytes: async (cap) => {
    expect(dead({ body: Buffer.alloc(BROKER_LIMITS.bodyBytes + 1) }).content).toHaveLength(cap);
  },
  deadHeaderCharacters: async (cap) => {
    const kept = (characters: number): unknown =>
      dead({ headers: { h: 'x'.repeat(characters - 1) } }).options.headers;
    expect(kept(cap)).toHaveProperty('h');
    expect(kept(cap + 1)).not.toHaveProperty('h');
  },
  pendingRequests: async (cap) => {
    const requests = new PendingRequests();
    const all = Array.from({ length: cap }, (_, at) =>
      requests.expect(`${at}`, 60_000, 'x').catch(() => 'failed'),
    );
    const over = refusal(() => requests.expect('over', 60_000, 'x'));
    expect(over).toMatchObject({ code: 'limit-exceeded', retry: 'transient' });
    requests.failAll();
    expect(new Set(await Promise.all(all))).toEqual(new Set(['failed']));
  },
  pendingConfirms: async (cap) => {
    // Without a channel yet, everything waits.
    const publisher = new Publisher(
      {} as ChannelModel,
      () => undefined,
      () => undefined,
    );
    const message = encodeMessage({ exchange: 'e', key: 'k', name: 'reply', body: 1 }, 'me');
    const all = Array.from({ length: cap }, () => publisher.publish(message).catch(() => 'failed'));
    await expect(publisher.publish(message)).rejects.toMatchObject({
      code: 'limit-exceeded',
      retry: 'transient',
    });
    publisher.close(brokerAway('over'));
    expect(new Set(await Promise.all(all))).toEqual(new Set(['failed']));
  },
  heartbeatSeconds: () => 'a time of our own: both sides keep it, the broker ends who does not',
  peerHeartbeatSeconds: () => 'a time of our own, as heartbeatSeconds',
  connectTimeout: () => 'a wait of our own: broker-failures.spec.ts dials what does not answer',
  confirmTimeout: () => 'a wait of our own: broker-failures.spec.ts blocks publishers',
  retryFirst: () => 'a wait of our own',
  retryLongest: () => 'a wait of our own',
  settledSession: () => 'a wait of our own',
  pauseFirst: () => 'a wait of our own',
  pauseLongest: () => 'a wait of our own',
  drain: () => 'a wait of our own',
  requestTimeout: () => 'a wait of our own: broker-contract.ts asks who does not answer',
  requestTries: () => 'a number of our own',
};

describe('caps of the broker adapter', () => {
  it('has an entry for every one', () => {
    expect(Object.keys(CASES).sort()).toEqual(Object.keys(BROKER_LIMITS).sort());
  });

  it.each(Object.keys(CASES) as (keyof typeof BROKER_LIMITS)[])('%s', async (limit) => {
    const outcome = await CASES[limit](BROKER_LIMITS[limit]);
    // Where nobody outside can exceed it, the table says why.
    if (outcome !== undefined) expect(outcome).toMatch(/of our own/);
  });
});
