import { beforeEach, describe, expect, it } from '@jest/globals';
import type { FileId, PeerId } from '#core';
import type { HeldFileInfo } from '#engine';
import { Acknowledger } from './acknowledger.js';
import { HoldingsLedger } from './holdings-ledger.js';
import { Forgetting } from './forgetting.js';
import { FakeAnchors, FakeEngine, FILE, ManualTime, PEER } from './test-support/doubles.js';

const OTHER_FILE = 'b'.repeat(64) as FileId;
const held = (fileId: FileId, state: HeldFileInfo['state']): HeldFileInfo => ({
  fileId,
  name: 'music.txt',
  path: `/f/${state}`,
  size: 10,
  sha256: 'c'.repeat(64),
  chunkCount: 2,
  ranges: [{ start: 0, end: state === 'complete' ? 2 : 1 }],
  state,
});

describe('forgetting', () => {
  let anchors: FakeAnchors;
  let engine: FakeEngine;
  let ledger: HoldingsLedger;
  let forgetting: Forgetting;

  beforeEach(async () => {
    anchors = new FakeAnchors();
    engine = new FakeEngine();
    ledger = new HoldingsLedger();
    const time = new ManualTime();
    const acknowledger = new Acknowledger(ledger, anchors, time, time.now, () => undefined);
    forgetting = new Forgetting(engine, ledger, acknowledger);
    const files = [held(FILE, 'complete'), held(OTHER_FILE, 'partial')];
    engine.holdings = async () => files;
    ledger.reset(files);
    await acknowledger.begin(PEER as PeerId, 1, 100);
  });

  it('forgets what was asked for, tells the anchors, and says what it was', async () => {
    expect(await forgetting.stop([FILE])).toEqual([
      { fileId: FILE, name: 'music.txt', path: '/f/complete', wasComplete: true },
    ]);
    expect(engine.forgotten).toEqual([FILE]);
    expect(anchors.named('holdings.retracted')).toMatchObject([{ files: [FILE] }]);
    const left = new HoldingsLedger();
    left.reset([held(OTHER_FILE, 'partial')]);
    expect(ledger.digest()).toBe(left.digest());
  });

  it('leaves out what is not shared', async () => {
    expect(await forgetting.stop(['d'.repeat(64) as FileId])).toEqual([]);
    expect(engine.forgotten).toEqual([]);
  });

  it('is told with the next report when the broker is away', async () => {
    anchors.away = true;
    expect(await forgetting.stop([OTHER_FILE])).toMatchObject([{ wasComplete: false }]);
    expect(
      ledger
        .takeReport()
        .parts.flat()
        .map(({ fileId }) => fileId),
    ).toEqual([FILE]);
  });
});
