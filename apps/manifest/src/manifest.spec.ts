import { beforeEach, describe, expect, it } from '@jest/globals';
import type { PeerId } from '#core';
import type { Manifest } from '#chunking';
import type { CommandName, FileRef, ReceivedRequest } from '#contracts';
import type { Outgoing } from '#platform';
import type { PeerRecord, Registries } from '#registry';
import { fileIdFor, manifestOf, memoryRegistries, peerRecord } from '#testing';
import { Handout } from './handout.js';
import { Holdings } from './holdings.js';
import { Publishing } from './publishing.js';
import { Restoring } from './restoring.js';
import { Searching } from './searching.js';
import { Unpublishing } from './unpublishing.js';

const SONG = 'la '.repeat(1_000);

describe('manifest', () => {
  let registries: Registries;
  let facts: { name: string; id: string | undefined }[];
  let commands: { name: CommandName; to: PeerId; incarnation: number }[];
  let publishing: Publishing;
  let handout: Handout;
  let holdings: Holdings;
  let searching: Searching;
  let unpublishing: Unpublishing;
  let restoring: Restoring;
  let sequence: number;

  const publish = (content = SONG, name = 'music.txt') =>
    publishing.publish({ name, manifest: manifestOf(content).toDocument() });
  const get = (file: FileRef, more: Partial<ReceivedRequest<'manifest.get'>> = {}) =>
    handout.get({ file, withManifest: true, holders: 50, exclude: [], ...more });
  const add = async (name: string, more: Partial<PeerRecord> = {}): Promise<PeerRecord> => {
    const peer = peerRecord(name, more);
    await registries.peers.join(peer);
    return peer;
  };
  const hold = (peer: PeerRecord, manifest: Manifest, ranges?: [number, number][]) =>
    holdings.acknowledged({
      peerId: peer.peerId,
      incarnation: peer.incarnation,
      sequence: ++sequence,
      files: [
        {
          fileId: manifest.fileId,
          chunkCount: manifest.chunkCount,
          ...(ranges === undefined ? {} : { ranges }),
        },
      ],
    });

  beforeEach(() => {
    registries = memoryRegistries();
    facts = [];
    commands = [];
    sequence = 0;
    const outgoing: Outgoing = {
      command: async (to, name) => {
        commands.push({ name, to: to.peerId, incarnation: to.incarnation });
        return true;
      },
      fact: async (name, _subject, _body, id) => {
        facts.push({ name, id });
      },
    };
    publishing = new Publishing(registries.manifests, outgoing, { now: () => 5_000 });
    handout = new Handout(registries.manifests, registries.holders, registries.peers);
    const clock = { now: () => 5_000 };
    holdings = new Holdings(registries.holders, registries.manifests, outgoing, clock);
    unpublishing = new Unpublishing(registries.manifests, registries.holders, outgoing, clock);
    const log = { info: () => undefined, warn: () => undefined };
    restoring = new Restoring(registries.manifests, clock, log);
    searching = new Searching(registries.manifests, registries.holders);
  });

  describe('publish', () => {
    it('makes versions of a name; the same content changes nothing', async () => {
      expect(await publish()).toMatchObject({ version: 1, outcome: 'created' });
      expect(await publish()).toMatchObject({ version: 1, outcome: 'unchanged' });
      expect(await publish('other')).toMatchObject({ version: 2, outcome: 'new-version' });
      expect(facts.map(({ name }) => name)).toEqual(Array.from({ length: 3 }, () => 'file.published'));
      // What is published again is told again under its id: the process that had it may have ended before.
      const [first, again, second] = facts.map(({ id }) => id);
      expect([again === first, second === first]).toEqual([true, false]);
      expect((await get({ name: 'music.txt' })).version).toBe(2);
      expect((await get({ name: 'music.txt', version: 1 })).size).toBe(SONG.length);
    });

    it('tells of the longest name there can be under an id that a message may have', async () => {
      const manifest = manifestOf(SONG).toDocument();
      for (const name of ['ü'.repeat(127), `${'ü'.repeat(126)}u`])
        await publishing.publish({ name, manifest });
      const ids = facts.map(({ id }) => id ?? '');
      expect(new Set(ids).size).toBe(2);
      for (const id of ids) expect(Buffer.byteLength(id)).toBeLessThanOrEqual(255);
    });

    it('takes no manifest that does not prove itself', async () => {
      const manifest = { ...manifestOf(SONG).toDocument(), size: SONG.length - 1 };
      await expect(publishing.publish({ name: 'music.txt', manifest })).rejects.toMatchObject({
        code: 'bad-manifest',
      });
      await expect(get({ name: 'music.txt' })).rejects.toMatchObject({ code: 'not-found' });
    });
  });

  describe('get', () => {
    it('gives the manifest and the live holders, never the asker or whom it excludes', async () => {
      await publish();
      const manifest = manifestOf(SONG);
      const [asker, seeder, partial, excluded] = [
        await add('a'),
        await add('b'),
        await add('c'),
        await add('d'),
      ];
      await add('nobody');
      const gone = await add('e', { reachable: false });
      for (const peer of [asker, seeder, excluded, gone]) await hold(peer, manifest);
      await hold(partial, manifest, [[0, 2]]);
      const reply = await get({ name: 'music.txt' }, { asker: asker.peerId, exclude: [excluded.peerId] });
      expect(reply.manifest).toEqual(manifest.toDocument());
      const found = reply.holders
        .map(({ name, ranges }) => ({ name, ranges }))
        .sort((x, y) => (x.name < y.name ? -1 : 1));
      expect(found).toEqual([
        { name: 'b', ranges: undefined },
        { name: 'c', ranges: [[0, 2]] },
      ]);
      expect([reply.holderCount, reply.seederCount]).toEqual([4, 3]);
    });

    it('finds who has one chunk', async () => {
      await publish();
      const manifest = manifestOf(SONG);
      await hold(await add('b'), manifest, [[0, 1]]);
      await hold(await add('c'), manifest, [[1, 2]]);
      const reply = await get({ name: 'music.txt' }, { chunk: 1, withManifest: false });
      expect(reply.holders.map(({ name }) => name)).toEqual(['c']);
      expect(reply.manifest).toBeUndefined();
      await expect(get({ name: 'music.txt' }, { chunk: 99 })).rejects.toMatchObject({
        code: 'chunk-out-of-range',
      });
    });

    it('knows a file by its content', async () => {
      await publish();
      expect(await get({ fileId: manifestOf(SONG).fileId })).toMatchObject({ name: 'music.txt', version: 1 });
      await expect(get({ fileId: fileIdFor('nothing') })).rejects.toMatchObject({ code: 'not-found' });
    });

    it('knows an empty file', async () => {
      await publish('', 'empty');
      const manifest = manifestOf('');
      await hold(await add('b'), manifest);
      expect(await get({ name: 'empty' })).toMatchObject({ size: 0, chunkCount: 0, seederCount: 1 });
    });

    it('names no more runs of chunks than a message may have, however scattered they are', async () => {
      const content = 'x'.repeat(10_000 * 1_024);
      await publish(content, 'large');
      const everySecond = Array.from({ length: 5_000 }, (_, at): [number, number] => [2 * at, 2 * at + 1]);
      for (const name of ['a', 'b']) {
        const peer = await add(name);
        for (const part of [everySecond.slice(0, 2_500), everySecond.slice(2_500)])
          await hold(peer, manifestOf(content), part);
      }
      const { holders } = await get({ name: 'large' }, { withManifest: false });
      expect(holders.map(({ ranges }) => ranges?.length)).toEqual([4_096, 4_096]);
      expect(holders[0]?.ranges?.[1]).toEqual([2, 3]);
    });

    it('hands out near and far holders, where the asker says where it stands', async () => {
      await publish();
      const manifest = manifestOf(SONG);
      for (let number = 0; number < 30; number++) {
        await hold(await add(`host${number}`, { labels: { zone: number < 3 ? 'east' : 'west' } }), manifest);
      }
      const asker = await add('asker', { labels: { zone: 'east' } });
      const { holders } = await get({ name: 'music.txt' }, { asker: asker.peerId, holders: 8 });
      const zones = holders.map(({ labels }) => labels?.['zone']).sort();
      expect(zones).toEqual(['east', 'east', 'east', 'west', 'west', 'west', 'west', 'west']);
    });
  });

  describe('restore', () => {
    const manifest = manifestOf(SONG);
    const names = [
      { name: 'music.txt', version: 2, fileId: manifest.fileId, publishedAt: 4_000, learntIn: 'before' },
    ];
    const peerId = peerRecord('b').peerId;

    it('takes a lost name back with its manifest', async () => {
      const asked = await restoring.restore({ peerId, names });
      expect(asked.outcomes).toEqual(['wanted']);
      const given = await restoring.restore({ peerId, names, manifest: manifest.toDocument() });
      expect(given).toEqual({ registry: asked.registry, outcomes: ['restored'] });
      expect(await get({ name: 'music.txt' })).toMatchObject({ version: 2, publishedAt: 4_000 });
      expect(await publish('other')).toMatchObject({ version: 3 });
      expect(facts.map(({ name }) => name)).toEqual(['file.published']);
    });

    it('takes no manifest that does not prove itself, and no name of another file', async () => {
      const forged = { ...manifest.toDocument(), size: SONG.length - 1 };
      await expect(restoring.restore({ peerId, names, manifest: forged })).rejects.toMatchObject({
        code: 'bad-manifest',
      });
      const other = manifestOf('other').toDocument();
      await expect(restoring.restore({ peerId, names, manifest: other })).rejects.toMatchObject({
        code: 'bad-message',
      });
    });
  });

  describe('unpublish', () => {
    const remove = (more: Partial<ReceivedRequest<'manifest.unpublish'>> = {}, requestId?: string) =>
      unpublishing.unpublish({ name: 'music.txt', everywhere: false, ...more }, requestId);

    it('takes the name away and says so; peers keep what they hold and forget the name', async () => {
      await publish();
      const here = await add('b');
      await hold(here, manifestOf(SONG));
      expect(await remove()).toMatchObject({ removed: [{ version: 1, gone: true }], told: 0 });
      await expect(get({ name: 'music.txt' })).rejects.toMatchObject({ code: 'not-found' });
      await expect(remove()).rejects.toMatchObject({ code: 'not-found' });
      expect(facts.map(({ name }) => name)).toEqual(['file.published', 'file.unpublished']);
      expect(commands.map(({ name, to }) => [name, to])).toEqual([['command.forget', here.peerId]]);
    });

    it('can be told whatever its name and the id of the request are', async () => {
      const name = 'n'.repeat(255);
      await publish(SONG, name);
      await unpublishing.unpublish({ name, everywhere: false }, 'r'.repeat(255));
      const ids = facts.map(({ id }) => Buffer.byteLength(id ?? ''));
      expect(Math.max(...ids)).toBeLessThanOrEqual(255);
    });

    it('everywhere: tells the holders that are here now, and the others when they report', async () => {
      await publish();
      const manifest = manifestOf(SONG);
      const here = await add('b');
      await hold(here, manifest);
      expect(await remove({ everywhere: true })).toMatchObject({ told: 1 });
      const late = await add('c');
      const files = [{ fileId: manifest.fileId, chunkCount: manifest.chunkCount }];
      const from = { peerId: late.peerId, incarnation: late.incarnation, sequence: ++sequence };
      await holdings.reported({ ...from, part: 0, parts: 1, files });
      await hold(await add('d'), manifest, [[0, 1]]);
      expect(commands.map(({ name, to }) => [name, to])).toEqual([
        ['command.drop', here.peerId],
        ['command.drop', late.peerId],
        ['command.drop', (await add('d')).peerId],
      ]);
    });

    it('answers a message that comes again in the same way, and tells the same again', async () => {
      await publish();
      await hold(await add('b'), manifestOf(SONG));
      const first = await remove({ everywhere: true }, 'message 1');
      expect(await remove({ everywhere: true }, 'message 1')).toEqual(first);
      expect(new Set(facts.slice(1).map(({ id }) => id)).size).toBe(1);
      expect(commands.map(({ name }) => name)).toEqual(['command.drop', 'command.drop']);
    });

    it('forgets the removal when the file is published again', async () => {
      await publish();
      await remove({ everywhere: true });
      await publish();
      await hold(await add('b'), manifestOf(SONG));
      expect(commands).toEqual([]);
    });
  });

  describe('holdings', () => {
    it('of a peer that the network does not know: it joins again', async () => {
      const ghost = peerRecord('ghost');
      await hold(ghost, manifestOf(SONG));
      expect(commands).toEqual([
        { name: 'command.rejoin', to: ghost.peerId, incarnation: ghost.incarnation },
      ]);
    });

    it('go with a retraction and come back with a report', async () => {
      await publish();
      const manifest = manifestOf(SONG);
      const peer = await add('b');
      const from = { peerId: peer.peerId, incarnation: peer.incarnation };
      await hold(peer, manifest);
      await holdings.retracted({ ...from, sequence: ++sequence, files: [manifest.fileId] });
      expect((await get({ name: 'music.txt' })).holders).toEqual([]);
      const files = [{ fileId: manifest.fileId, chunkCount: manifest.chunkCount }];
      await holdings.reported({ ...from, sequence: ++sequence, part: 0, parts: 1, files });
      expect((await get({ name: 'music.txt' })).seederCount).toBe(1);
    });
  });

  it('searches by pattern, in pages, with live holders', async () => {
    for (const name of ['music.txt', 'music2.txt', 'notes.md']) await publish(name, name);
    await publish('again', 'music.txt');
    await hold(await add('b'), manifestOf('again'));
    const first = await searching.search({ pattern: 'mus*', limit: 1 });
    expect(first.files[0]).toMatchObject({ name: 'music.txt', latest: 2 });
    expect(first.files[0]?.versions.map(({ version, holderCount }) => `${version}: ${holderCount}`)).toEqual([
      '1: 0',
      '2: 1',
    ]);
    expect(first.next).toBe('music.txt');
    const rest = await searching.search({ pattern: 'mus*', limit: 5, after: 'music.txt' });
    expect(rest.files.map(({ name }) => name)).toEqual(['music2.txt']);
    expect(rest.next).toBeUndefined();
    expect((await searching.search({ pattern: 'x?', limit: 5 })).files).toEqual([]);
  });
});
