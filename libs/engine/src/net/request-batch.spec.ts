import { describe, expect, it } from '@jest/globals';
import { ANY, type Decision } from '#swarm';
import type { ControlMessage } from '#wire';
import { sendChunkLists } from './request-batch.js';
import type { Session } from './session.js';

const sentFor = (decisions: readonly Decision[]): Record<string, ControlMessage[]> => {
  const sent: Record<string, ControlMessage[]> = {};
  sendChunkLists(decisions, ANY, (source) =>
    source === 'gone'
      ? undefined
      : ({ send: (...messages: ControlMessage[]) => (sent[source] = messages) } as unknown as Session),
  );
  return sent;
};

describe('sendChunkLists', () => {
  it('makes as few messages as the order allows', () => {
    const sent = sentFor([
      { kind: 'request', source: 'a', chunk: 1 },
      { kind: 'request', source: 'b', chunk: 2 },
      { kind: 'request-any', source: 'a' },
      { kind: 'cancel', source: 'a', chunk: 1 },
      { kind: 'seek-sources' },
      { kind: 'request', source: 'a', chunk: 3 },
      { kind: 'request', source: 'gone', chunk: 4 },
    ]);
    expect(sent).toEqual({
      a: [
        { type: 'request', chunks: [1, ANY] },
        { type: 'cancel', chunks: [1] },
        { type: 'request', chunks: [3] },
      ],
      b: [{ type: 'request', chunks: [2] }],
    });
  });

  it('splits what does not fit in one message', () => {
    const decisions = Array.from({ length: 600 }, (_, chunk): Decision => ({
      kind: 'request',
      source: 'a',
      chunk,
    }));
    const lengths = sentFor(decisions)['a']?.map((message) =>
      'chunks' in message ? message.chunks.length : 0,
    );
    expect(lengths).toEqual([256, 256, 88]);
  });
});
