import { describe, expect, it } from '@jest/globals';
import type { DistributionStatus } from '#contracts';
import type { FileId, PeerId } from '#core';
import type { Fact } from '../network/fact-watch.js';
import type { TransferEvent } from '../output/events.js';
import { RemoteDownload } from './remote-download.js';

const peerId = 'a'.repeat(40) as PeerId;
const fileId = 'f'.repeat(64) as FileId;
const progress = (bytes: number, distributionId = 'mine'): Fact => ({
  name: 'download.progress',
  body: { peerId, fileId, distributionId, bytes, size: 10, rate: 1, sources: 2 },
});
const completed: Fact = {
  name: 'download.completed',
  body: {
    peerId,
    fileId,
    distributionId: 'mine',
    size: 10,
    sha256: 'ab',
    path: '/srv/x',
    milliseconds: 5,
    from: [],
  },
};
const ended = (state: 'completed' | 'failed' | 'cancelled', reason?: string): Fact => ({
  name: `distribution.${state}`,
  body: {
    distributionId: 'mine',
    state,
    fileId,
    name: 'x',
    version: 1,
    size: 10,
    targets: 1,
    done: state === 'completed' ? 1 : 0,
    failed: 0,
    cancelled: 0,
    createdAt: 0,
    finishedAt: 1,
    bytes: { sameLabel: 0, other: 0, storage: 0 },
    phases: {},
    results: [],
    ...(reason === undefined ? {} : { reason }),
  },
});
const status = (changes: Partial<DistributionStatus>): DistributionStatus => ({
  distributionId: 'mine',
  state: 'running',
  fileId,
  size: 10,
  createdAt: 0,
  targets: 1,
  counts: { waiting: 1, commanded: 0, downloading: 0, done: 0, failed: 0, cancelled: 0, offline: 0 },
  priority: 5,
  follow: false,
  options: { priority: 5, successShare: 1, retries: 3, retryDelayMs: 1, follow: false },
  wave: 1,
  waves: 1,
  rows: [],
  ...changes,
});
const row = { peerId, name: 'host7', bytes: 4, rate: 1, updatedAt: 0, tries: 0 };

const follow = (): { download: RemoteDownload; told: TransferEvent[]; ask: () => void } => {
  const told: TransferEvent[] = [];
  const download = new RemoteDownload('host7', (event) => told.push(event));
  const ask = (): void =>
    download.asked({ event: 'asked', peer: 'host7', distributionId: 'mine', created: true });
  return { download, told, ask };
};

describe('RemoteDownload', () => {
  it('tells progress and the result of its own distribution only', async () => {
    const { download, told, ask } = follow();
    ask();
    for (const fact of [progress(1), progress(2, 'other'), completed, ended('completed')])
      download.take(fact);
    await download.ended;
    expect(told.map(({ event }) => event)).toEqual(['asked', 'progress', 'delivered']);
    expect(told[2]).toMatchObject({
      peer: 'host7',
      name: 'x',
      sha256: 'ab',
      path: '/srv/x',
      milliseconds: 5,
    });
  });

  it('keeps the facts that come before the answer', async () => {
    const { download, told, ask } = follow();
    for (const fact of [progress(1), completed, ended('completed')]) download.take(fact);
    expect(told).toEqual([]);
    ask();
    await download.ended;
    expect(told.map(({ event }) => event)).toEqual(['asked', 'progress', 'delivered']);
  });

  it('fails with the error of the other peer', async () => {
    const { download, ask } = follow();
    ask();
    const error = { code: 'disk-full', message: 'no room', retry: 'permanent' } as const;
    download.take({ name: 'download.failed', body: { peerId, fileId, distributionId: 'mine', error } });
    download.take(ended('failed'));
    await expect(download.ended).rejects.toMatchObject({ code: 'disk-full', message: 'host7: no room' });
  });

  it('fails when it is cancelled', async () => {
    const { download, ask } = follow();
    ask();
    download.take(ended('cancelled', 'by hand'));
    await expect(download.ended).rejects.toMatchObject({
      code: 'cancelled',
      message: 'the download at host7 was cancelled: by hand',
    });
  });

  it('learns from the status what the facts did not say', async () => {
    const { download, told, ask } = follow();
    ask();
    download.takeStatus(status({ rows: [{ ...row, state: 'offline' }] }));
    download.takeStatus(status({ rows: [{ ...row, state: 'offline' }] }));
    download.takeStatus(status({ rows: [{ ...row, state: 'downloading' }] }));
    download.takeStatus(status({ state: 'completed', name: 'x', rows: [{ ...row, state: 'done' }] }));
    download.takeStatus(status({ state: 'completed' }));
    await download.ended;
    expect(told.map(({ event }) => event)).toEqual(['asked', 'notice', 'progress', 'delivered']);
    expect(told[3]).toEqual({
      event: 'delivered',
      peer: 'host7',
      distributionId: 'mine',
      fileId,
      name: 'x',
      version: undefined,
      size: 10,
    });
  });

  it('fails with the error of the row', async () => {
    const { download, ask } = follow();
    ask();
    const error = { code: 'no-holder', message: 'nobody', retry: 'transient' } as const;
    download.takeStatus(status({ state: 'failed', rows: [{ ...row, state: 'failed', error }] }));
    await expect(download.ended).rejects.toMatchObject({ code: 'no-holder' });
  });
});
