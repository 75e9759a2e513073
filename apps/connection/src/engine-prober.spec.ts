import { describe, expect, it } from '@jest/globals';
import { ShoalError, type ErrorCode } from '#core';
import { peerRecord } from '#testing';
import { EngineProber } from './engine-prober.js';

describe('a knock', () => {
  const peer = peerRecord('host1');

  it('asks for this peer in this incarnation of this network', async () => {
    const asked: object[] = [];
    const prober = new EngineProber('net', async (target) => {
      asked.push(target);
      return undefined as never;
    });
    expect(await prober.dial(peer)).toBe('same');
    expect(asked).toEqual([
      { networkId: 'net', peerId: peer.peerId, incarnation: 1_000, host: '127.0.0.1', port: 7_000 },
    ]);
  });

  it.each<[ErrorCode, string, string]>([
    ['stale', 'another incarnation', 'other-incarnation'],
    ['peer-unreachable', 'connect ECONNREFUSED', 'gone'],
    ['timeout', 'did not answer', 'gone'],
    ['handshake-failed', 'another peer', 'gone'],
    ['peer-unreachable', 'connect EMFILE 10.0.0.1:7000', 'same'],
    ['peer-unreachable', 'getaddrinfo EAI_AGAIN host1', 'same'],
  ])('that fails with %s (%s) means: %s', async (code, message, outcome) => {
    const prober = new EngineProber('net', () => Promise.reject(new ShoalError(code, message)));
    expect(await prober.dial(peer)).toBe(outcome);
  });
});
