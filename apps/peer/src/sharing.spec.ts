import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ContentHasher, formatManifestDocument } from '#chunking';
import type { LocalEvent, ReplyBody } from '#contracts';
import { ShoalError } from '#core';
import { InHand } from './in-hand.js';
import { Sharing } from './sharing.js';
import { FakeAnchors, FakeEngine } from './test-support/doubles.js';

const hasher = new ContentHasher(3_000, 1_024);
hasher.update(Buffer.alloc(3_000, 7));
const manifest = hasher.finish();
const { fileId } = manifest;

describe('sharing a folder of chunk files', () => {
  let folder: string;
  let engine: FakeEngine;
  let anchors: FakeAnchors;
  let told: LocalEvent[];
  let flushed: number;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'shoal-share-'));
    engine = new FakeEngine();
    engine.shared = { fileId, chunkCount: 3, ranges: [{ start: 0, end: 3 }], folder, wrong: [] };
    anchors = new FakeAnchors();
    told = [];
    flushed = 0;
  });
  afterEach(() => rm(folder, { recursive: true }));

  const share = async (name?: string, inFile: string | undefined = 'music.txt') => {
    await writeFile(join(folder, 'm.manifest.json'), formatManifestDocument(manifest, inFile));
    const sharing = new Sharing(
      engine,
      anchors,
      () => 0,
      async () => void flushed++,
      new InHand(),
    );
    return sharing.share({ folder, name }, (event) => void told.push(event));
  };
  const known =
    (more: object = { name: 'song.txt', version: 4 }) =>
    () =>
      ({
        fileId,
        size: 3_000,
        chunkCount: 3,
        holders: [],
        holderCount: 0,
        seederCount: 0,
        ...more,
      }) as ReplyBody<'manifest.get'>;
  const unknown = () => {
    throw new ShoalError('not-found', 'no file is called that');
  };

  it('of a known file publishes nothing, and says what is shared', async () => {
    anchors.answers['manifest.get'] = known();
    engine.shared = {
      ...{ fileId, folder, chunkCount: 3 },
      ranges: [{ start: 1, end: 3 }],
      wrong: [{ name: 'music1.txt', why: 'has other bytes' }],
    };
    expect(await share()).toMatchObject({
      outcome: 'shared',
      name: 'song.txt',
      version: 4,
      only: [[1, 3]],
      path: folder,
    });
    expect(told).toMatchObject([{ event: 'notice', kind: 'wrong-bytes' }]);
    expect(anchors.named('manifest.publish')).toEqual([]);
  });

  it('of an unknown file publishes it under its name once its chunks are told', async () => {
    anchors.answers['manifest.get'] = unknown;
    anchors.answers['manifest.publish'] = ({ name }) => {
      expect(flushed).toBeGreaterThan(0);
      return { name, version: 1, fileId, outcome: 'created', publishedAt: 1 };
    };
    const done = await share();
    expect(done).toMatchObject({ name: 'music.txt', version: 1 });
    expect(done.only).toBeUndefined();
    expect(told).toMatchObject([{ kind: 'published' }]);
    expect(await share('mine.txt')).toMatchObject({ name: 'mine.txt' });
  });

  it('of an unknown file without a name is refused before anything is read', async () => {
    anchors.answers['manifest.get'] = unknown;
    engine.shared = undefined;
    await writeFile(join(folder, 'm.manifest.json'), formatManifestDocument(manifest));
    const sharing = new Sharing(
      engine,
      anchors,
      () => 0,
      async () => undefined,
      new InHand(),
    );
    await expect(sharing.share({ folder }, () => undefined)).rejects.toMatchObject({ code: 'bad-config' });
  });

  it('that was cut otherwise than the network knows it is given up', async () => {
    anchors.answers['manifest.get'] = unknown;
    const other = 'b'.repeat(64) as typeof fileId;
    anchors.answers['manifest.publish'] = ({ name }) => ({
      name,
      version: 1,
      fileId: other,
      outcome: 'unchanged',
      publishedAt: 1,
    });
    await expect(share()).rejects.toMatchObject({ code: 'bad-manifest' });
    expect(engine.forgotten).toEqual([fileId]);
  });

  it('without a manifest file, with no chunk in it, or without anchors is a typed error', async () => {
    const sharing = new Sharing(
      engine,
      anchors,
      () => 0,
      async () => undefined,
      new InHand(),
    );
    await expect(sharing.share({ folder }, () => undefined)).rejects.toMatchObject({ code: 'not-found' });
    await expect(share()).rejects.toMatchObject({ code: 'timeout' });
    anchors.answers['manifest.get'] = known();
    engine.shared = undefined;
    await expect(share()).rejects.toMatchObject({ code: 'not-found' });
  });
});
