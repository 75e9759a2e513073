import { describe, expect, it } from '@jest/globals';
import { topologyOf } from '#contracts';
import { brokerContract } from './broker-contract.js';
import { MemoryBroker } from './memory-broker.js';
import { topicMatches } from './memory-queues.js';

brokerContract('the memory broker', async () => {
  const broker = new MemoryBroker('tester');
  const { dead } = topologyOf('test').queues;
  broker.queues.declare(dead.name, dead.bindings);
  return {
    broker,
    network: 'test',
    declareQueue: async (name, bindings) => broker.queues.declare(name, bindings),
    close: async () => {},
  };
});

describe('topic patterns', () => {
  it.each([
    ['a.*', 'a.b', true],
    ['a.*', 'a.b.c', false],
    ['a.#', 'a', true],
    ['a.#', 'a.b.c', true],
    ['#', '', true],
    ['#.c', 'a.b.c', true],
    ['a.*.c', 'a.b.c', true],
    ['a.b', 'a.c', false],
  ])('%s on %s: %s', (pattern, key, expected) => {
    expect(topicMatches(pattern, key)).toBe(expected);
  });
});
