import { Bitfield, type ChunkRange, type FileId, type Incarnation } from '#core';
import { holdingsDigest, type HeldFile } from '#contracts';
import type { HolderMoment, HolderOutcome, Registries } from '#registry';
import { fileIdFor, peerIdFor, peerRecord } from './builders.js';

const NAME = 'ada';
const FILES: readonly { readonly fileId: FileId; readonly chunkCount: number }[] = [1, 7, 20].map(
  (chunkCount) => ({ fileId: fileIdFor(`of ${chunkCount}`), chunkCount }),
);
export const FILE_COUNT = FILES.length;

/** A message on its way to an anchor; it may be delivered any number of times. */
type Message = (network: Registries) => Promise<HolderOutcome>;

/**
 * A peer that behaves as the protocol asks, and the queue of messages it has sent. It knows the truth: `check` compares the
 * registry with it.
 */
export class SimulatedPeer {
  readonly queue: Message[] = [];
  private readonly truth = new Map<FileId, Bitfield>();
  private incarnation: Incarnation = 1;
  private sequence = 0;

  constructor(private readonly network: Registries) {}

  async join(): Promise<void> {
    await this.network.peers.join(peerRecord(NAME, { incarnation: this.incarnation }));
    this.report(1);
  }

  /** Has verified these chunks; positions are taken modulo the number of chunks. */
  acknowledge(file: number, positions: readonly number[], whole: boolean): void {
    const { fileId, chunkCount } = FILES[file] as (typeof FILES)[number];
    const fresh = whole ? Bitfield.full(chunkCount) : new Bitfield(chunkCount);
    for (const position of positions) fresh.set(position % chunkCount);
    const held = this.truth.get(fileId) ?? new Bitfield(chunkCount);
    for (const chunk of fresh) held.set(chunk);
    this.truth.set(fileId, held);
    const moment = this.next();
    const files = [heldFile(fileId, fresh)];
    this.queue.push(({ holders }) => holders.acknowledge(moment, files));
  }

  retract(files: readonly number[]): void {
    const gone = files.map((file) => (FILES[file] as (typeof FILES)[number]).fileId);
    for (const fileId of gone) this.truth.delete(fileId);
    const moment = this.next();
    this.queue.push(({ holders }) => holders.retract(moment, gone));
  }

  /** Says all it holds in so many parts; every other chunk range of a file goes into the next part. */
  report(parts: number): void {
    const contents: HeldFile[][] = Array.from({ length: parts }, () => []);
    let target = 0;
    for (const [fileId, chunks] of this.truth) {
      for (const range of chunks.toRanges()) {
        const file = heldFile(fileId, Bitfield.fromRanges(chunks.length, [range]));
        (contents[target++ % parts] as HeldFile[]).push(file);
      }
    }
    const moment = this.next();
    contents.forEach((files, part) => {
      this.queue.push(({ holders }) => holders.report(moment, part, parts, files));
    });
  }

  /** Starts again with another connection; some files may be gone from its disk. */
  async restart(lost: readonly number[]): Promise<void> {
    for (const file of lost) this.truth.delete((FILES[file] as (typeof FILES)[number]).fileId);
    this.incarnation++;
    this.sequence = 0;
    await this.join();
  }

  /** An anchor took it out by mistake. */
  async evict(): Promise<void> {
    await this.network.peers.leave(peerIdFor(NAME), this.incarnation);
  }

  /** Delivers one message; it stays in the queue to come again when `twice`. */
  async deliver(which: number, twice: boolean): Promise<void> {
    if (this.queue.length === 0) return;
    const at = which % this.queue.length;
    const message = this.queue[at] as Message;
    if (!twice) this.queue.splice(at, 1);
    const outcome = await message(this.network);
    if (outcome === 'report-needed') this.report(1 + (which % 2));
    if (outcome === 'unknown-peer') await this.join();
  }

  /** Its lease is due: an anchor that does not know it makes it join again. True when everything is as it should be. */
  async renew(): Promise<boolean> {
    const reply = await this.network.peers.renew(peerIdFor(NAME), this.incarnation, 1);
    if (reply !== 'renewed') await this.join();
    return reply === 'renewed';
  }

  /** What the registry says and what is true, in the same form. */
  async compare(): Promise<{ readonly known: unknown; readonly truth: unknown }> {
    const { holders } = this.network;
    const fileIds = FILES.map(({ fileId }) => fileId);
    const handed = fileIds.map((fileId) => holders.holders(fileId, { limit: 5, exclude: new Set() }));
    const held = fileIds.map((fileId) => this.truth.get(fileId)).map((chunks) => chunks ?? undefined);
    return {
      known: {
        digest: await holders.digest(peerIdFor(NAME)),
        chunks: (await Promise.all(handed)).map((found) => found.map(({ chunks }) => chunks.toRanges())),
        counts: await holders.counts(fileIds),
      },
      truth: {
        digest: holdingsDigest([...this.truth].map(([fileId, chunks]) => [fileId, chunks.count])),
        chunks: held.map((chunks): ChunkRange[][] => (chunks === undefined ? [] : [chunks.toRanges()])),
        counts: held.map((chunks) => ({
          holders: chunks === undefined ? 0 : 1,
          seeders: chunks?.isFull === true ? 1 : 0,
        })),
      },
    };
  }

  private next(): HolderMoment {
    return { peerId: peerIdFor(NAME), incarnation: this.incarnation, sequence: this.sequence++ };
  }
}

const heldFile = (fileId: FileId, chunks: Bitfield): HeldFile => ({
  fileId,
  chunkCount: chunks.length,
  ...(chunks.isFull
    ? {}
    : { ranges: chunks.toRanges().map(({ start, end }): [number, number] => [start, end]) }),
});
