import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { FileId } from '#core';
import { MESSAGE_LIMITS, type NameFact, type RestoreOutcome } from '#contracts';
import { FakeAnchors, FILE, ManualTime, manifestJson, PEER, settle } from '../test-support/doubles.js';
import { LearningAnchors } from './learning-anchors.js';
import { NameBook, NAMES_MAX } from './name-book.js';
import { NameRestoring } from './name-restoring.js';
import { WipedRegistry } from './wiped-registry.js';

const OTHER_FILE = 'b'.repeat(64) as FileId;
const fact = (more: Partial<NameFact> = {}): NameFact => ({
  ...{ name: 'music.txt', version: 1, fileId: FILE, publishedAt: 1_000, learntIn: 'first' },
  ...more,
});

describe('names', () => {
  let folder: string;
  let time: ManualTime;
  let held: Set<FileId>;
  let troubles: unknown[];
  let book: NameBook;

  const open = async (): Promise<NameBook> => {
    const opened = new NameBook({
      file: join(folder, 'names.json'),
      timers: time,
      holds: (fileId) => held.has(fileId),
      onTrouble: (error) => troubles.push(error),
    });
    await opened.start();
    return opened;
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'shoal-names-'));
    time = new ManualTime();
    held = new Set([FILE, OTHER_FILE]);
    troubles = [];
    book = await open();
  });
  afterEach(async () => {
    await book.flush();
    await rm(folder, { recursive: true });
  });

  describe('the book', () => {
    it('knows the same after a restart', async () => {
      book.learn(fact());
      book.learn(fact({ version: 2, fileId: OTHER_FILE }));
      book.learn(fact({ version: 3 }));
      book.forget({ name: 'music.txt', version: 3 });
      await book.flush();
      expect((await open()).held()).toEqual(book.held());
      expect(book.held()).toHaveLength(2);
    });

    it('writes by itself, and not for what it knew', async () => {
      book.learn(fact());
      await time.advance(1_000);
      await book.flush();
      expect(JSON.parse(await readFile(join(folder, 'names.json'), 'utf8'))).toEqual([fact()]);
      book.learn(fact());
      expect(time.pending).toBe(0);
    });

    it('takes the newest word for a version, and gives only what is held', () => {
      book.learn(fact());
      book.learn(fact({ fileId: OTHER_FILE, learntIn: 'second' }));
      expect(book.held()).toEqual([fact({ fileId: OTHER_FILE, learntIn: 'second' })]);
      held.delete(OTHER_FILE);
      expect(book.held()).toEqual([]);
    });

    it('keeps so many, and lets what is not held go first', () => {
      book.learn(fact());
      book.learn(fact({ name: 'gone', fileId: 'c'.repeat(64) as FileId }));
      for (let version = 2; version <= NAMES_MAX; version++) book.learn(fact({ version }));
      expect(book.held()).toHaveLength(NAMES_MAX);
      book.learn(fact({ version: NAMES_MAX + 1 }));
      expect(book.held()).toHaveLength(NAMES_MAX);
      expect(book.held()[0]).toEqual(fact({ version: 2 }));
    });

    it('begins anew when it cannot be read', async () => {
      await writeFile(join(folder, 'names.json'), '[{"name":');
      expect((await open()).held()).toEqual([]);
      expect(troubles).toHaveLength(1);
    });
  });

  describe('learning', () => {
    it('hears names in what the anchors answer', async () => {
      const anchors = new FakeAnchors();
      const reply = { name: 'music.txt', version: 1, fileId: FILE, publishedAt: 1_000 };
      anchors.answers['manifest.publish'] = () => ({ ...reply, outcome: 'created' });
      anchors.answers['manifest.get'] = () => ({
        ...{ ...reply, name: undefined, size: 1, chunkCount: 1, holders: [], holderCount: 0, seederCount: 0 },
      });
      const learning = new LearningAnchors(anchors, book, () => 'first');
      await learning.request('manifest.get', { file: { fileId: FILE } });
      expect(book.held()).toEqual([]);
      await learning.request('manifest.publish', { name: 'music.txt', manifest: manifestJson() });
      expect(book.held()).toEqual([fact()]);
    });
  });

  describe('giving back', () => {
    let anchors: FakeAnchors;
    let said: string[];
    let outcome: (fact: NameFact, hasManifest: boolean) => RestoreOutcome;
    let restoring: NameRestoring;
    type Sent = { names: NameFact[]; manifest?: { fileId: FileId } };
    const sent = (): Sent[] => anchors.named('manifest.restore') as Sent[];

    beforeEach(() => {
      anchors = new FakeAnchors();
      said = [];
      outcome = (_, hasManifest) => (hasManifest ? 'restored' : 'wanted');
      anchors.answers['manifest.restore'] = ({ names, manifest }) => ({
        registry: 'second',
        outcomes: (names as NameFact[]).map((name) => outcome(name, manifest !== undefined)),
      });
      restoring = new NameRestoring({
        ...{ peerId: PEER, book, anchors, timers: time, random: () => 0.5 },
        manifestOf: async (fileId) => (held.has(fileId) ? manifestJson(fileId) : undefined),
        say: (text) => said.push(text),
      });
    });

    it('sends what the anchors want, one manifest in a message, and notes that it is known', async () => {
      book.learn(fact());
      book.learn(fact({ version: 2, fileId: OTHER_FILE }));
      book.learn(fact({ name: 'copy' }));
      restoring.joined();
      await settle();
      const counts = sent().map(({ names, manifest }) => [names.length, manifest?.fileId]);
      expect(counts).toEqual([
        [3, undefined],
        [2, FILE],
        [1, OTHER_FILE],
      ]);
      expect(book.held().map(({ learntIn }) => learntIn)).toEqual(['second', 'second', 'second']);
    });

    it('sends no manifest of what is known, and forgets what was removed or is another file', async () => {
      book.learn(fact());
      book.learn(fact({ version: 2 }));
      book.learn(fact({ version: 3 }));
      const outcomes = ['known', 'removed', 'conflict'] as const;
      outcome = ({ version }) => outcomes[version - 1] as RestoreOutcome;
      restoring.joined();
      await settle();
      expect(sent()).toHaveLength(1);
      expect(book.held()).toEqual([fact({ learntIn: 'second' })]);
      expect(said).toEqual(['music.txt@3 is another file in the network by now']);
    });

    it('asks in messages of a bounded size', async () => {
      const count = 2 * MESSAGE_LIMITS.restoredNames + 1;
      for (let version = 1; version <= count; version++) book.learn(fact({ version }));
      outcome = () => 'known';
      restoring.joined();
      await settle();
      await settle();
      expect(sent().map(({ names }) => names.length)).toEqual([256, 256, 1]);
    });

    it('tries again while no anchor answers, and stops when it left', async () => {
      book.learn(fact());
      anchors.away = true;
      restoring.joined();
      await time.advance(10_000);
      expect(sent()).toHaveLength(0);
      anchors.away = false;
      await time.advance(10_000);
      expect(sent()).toHaveLength(2);
      anchors.away = true;
      restoring.joined();
      await settle();
      expect(time.pending).toBe(1);
      restoring.left();
      expect(time.pending).toBe(0);
    });

    it('says nothing where nothing is held', async () => {
      restoring.joined();
      await settle();
      expect(sent()).toEqual([]);
    });
  });

  describe('an emptied registry', () => {
    it('makes the peer join again once, at a moment of its own, unless it has', async () => {
      const membership = { registry: 'first', joins: 0, rejoin: () => void membership.joins++ };
      const wiped = new WipedRegistry(membership, time, () => 0.5);
      wiped.heard({ registry: 'first', withinMs: 1_000 });
      wiped.heard({ registry: 'second', withinMs: 1_000 });
      wiped.heard({ registry: 'second', withinMs: 1_000 });
      await time.advance(499);
      expect(membership.joins).toBe(0);
      await time.advance(1);
      expect(membership.joins).toBe(1);
      wiped.heard({ registry: 'third', withinMs: 1_000 });
      membership.registry = 'third';
      await time.advance(2_000);
      expect(membership.joins).toBe(1);
    });
  });
});
