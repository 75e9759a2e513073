import { beforeEach, describe, expect, it } from '@jest/globals';
import { ShoalError, type FileId } from '#core';
import { Dropping } from './dropping.js';
import { InHand } from './in-hand.js';
import { FakeAnchors, FILE, settle } from './test-support/doubles.js';

describe('an order to drop a file', () => {
  let anchors: FakeAnchors;
  let inHand: InHand;
  let forgotten: FileId[];
  let dropping: Dropping;

  beforeEach(() => {
    anchors = new FakeAnchors();
    inHand = new InHand();
    forgotten = [];
    dropping = new Dropping(
      { forget: async (id) => void forgotten.push(id) },
      anchors,
      inHand,
      () => undefined,
    );
    anchors.answers['manifest.get'] = () => {
      throw new ShoalError('not-found', 'no such file');
    };
  });
  const published = { fileId: FILE, size: 1, chunkCount: 1, holders: [], holderCount: 0, seederCount: 0 };

  it('is obeyed when nobody publishes the file', async () => {
    await dropping.drop(FILE, 'removed');
    expect(forgotten).toEqual([FILE]);
  });

  it('is out of date when the file is published again', async () => {
    anchors.answers['manifest.get'] = () => published;
    await dropping.drop(FILE, 'removed');
    expect(forgotten).toEqual([]);
  });

  it('waits for a publish of this peer, which makes it out of date', async () => {
    let end: () => void = () => undefined;
    const publish = inHand.during(FILE, () => new Promise<void>((resolve) => (end = resolve)));
    const drop = dropping.drop(FILE, 'removed');
    await settle();
    expect(anchors.sent).toEqual([]);
    anchors.answers['manifest.get'] = () => published;
    end();
    await Promise.all([publish, drop]);
    expect(forgotten).toEqual([]);
  });

  it('is obeyed after a publish of this peer that failed', async () => {
    const publish = inHand.during(FILE, () => Promise.reject(new Error('no')));
    await Promise.all([publish.catch(() => undefined), dropping.drop(FILE, 'removed')]);
    expect(forgotten).toEqual([FILE]);
  });

  it('comes again when no anchor answers', async () => {
    anchors.away = true;
    await expect(dropping.drop(FILE, 'removed')).rejects.toMatchObject({ retry: 'transient' });
    expect(forgotten).toEqual([]);
  });
});
