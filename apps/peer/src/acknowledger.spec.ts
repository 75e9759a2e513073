import { beforeEach, describe, expect, it } from '@jest/globals';
import { Acknowledger } from './acknowledger.js';
import { HoldingsLedger } from './holdings-ledger.js';
import { FakeAnchors, FILE, ManualTime, PEER, settle } from './test-support/doubles.js';

const chunk = (index: number) => [{ start: index, end: index + 1 }];

describe('acknowledger', () => {
  let time: ManualTime;
  let anchors: FakeAnchors;
  let ledger: HoldingsLedger;
  let troubles: unknown[];
  let acknowledger: Acknowledger;
  const hold = (index: number): void => {
    ledger.add(FILE, 100, chunk(index));
    acknowledger.wake();
  };

  beforeEach(async () => {
    time = new ManualTime();
    anchors = new FakeAnchors();
    ledger = new HoldingsLedger();
    troubles = [];
    acknowledger = new Acknowledger(ledger, anchors, time, time.now, (error) => troubles.push(error));
    await acknowledger.begin(PEER, 5, 1_000);
  });

  it('starts with a report of everything', () => {
    expect(anchors.sent).toEqual([
      {
        kind: 'report',
        name: 'holdings.reported',
        body: { peerId: PEER, incarnation: 5, sequence: 1, part: 0, parts: 1, files: [] },
      },
    ]);
  });

  it('tells the first chunk at once and the next ones together', async () => {
    hold(0);
    await time.advance(0);
    expect(anchors.named('chunk.acknowledged')).toHaveLength(1);
    hold(1);
    await time.advance(400);
    hold(2);
    await time.advance(599);
    expect(anchors.named('chunk.acknowledged')).toHaveLength(1);
    await time.advance(1);
    expect(anchors.named('chunk.acknowledged')[1]).toMatchObject({
      incarnation: 5,
      sequence: 3,
      files: [{ fileId: FILE, chunkCount: 100, ranges: [[1, 3]] }],
    });
  });

  it('retracts before it acknowledges', async () => {
    hold(0);
    await time.advance(0);
    ledger.remove(FILE);
    hold(1);
    ledger.remove(FILE);
    await time.advance(1_000);
    expect(anchors.sent.slice(2).map(({ name }) => name)).toEqual(['holdings.retracted']);
  });

  it('tells everything again a second after the broker refused a message', async () => {
    anchors.away = true;
    hold(0);
    await time.advance(0);
    expect(troubles).toHaveLength(1);
    anchors.away = false;
    await time.advance(1_000);
    expect(anchors.named('holdings.reported')[1]).toMatchObject({
      files: [{ fileId: FILE, ranges: [[0, 1]] }],
    });
  });

  it('goes on numbering when it joins again under the same incarnation', async () => {
    hold(0);
    await time.advance(0);
    acknowledger.end();
    await acknowledger.begin(PEER, 5, 1_000);
    await settle();
    expect(anchors.sent.map(({ body }) => (body as { sequence: number }).sequence)).toEqual([1, 2, 3]);
    expect(anchors.sent[2]).toMatchObject({
      name: 'holdings.reported',
      body: { files: [{ ranges: [[0, 1]] }] },
    });
  });

  it('says nothing between two connections and begins the next with a report', async () => {
    acknowledger.end();
    hold(0);
    await time.advance(5_000);
    expect(anchors.sent).toHaveLength(1);
    await acknowledger.begin(PEER, 6, 1_000);
    await settle();
    expect(anchors.sent[1]).toMatchObject({
      body: { incarnation: 6, sequence: 1, files: [{ ranges: [[0, 1]] }] },
    });
    expect(time.pending).toBe(0);
  });
});
