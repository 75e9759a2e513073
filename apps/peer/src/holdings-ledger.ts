import { Bitfield, type ChunkRange, type FileId } from '#core';
import { holdingsDigest, MESSAGE_LIMITS, type HeldFile } from '#contracts';

/** A file as a message about holdings carries it, without the sender's identity. */
export interface HoldingsBatch {
  readonly sequence: number;
  readonly files: HeldFile[];
}
export interface HoldingsReport {
  readonly sequence: number;
  readonly parts: HeldFile[][];
}

/**
 * What this peer holds and what the anchors have not been told yet. Pure: every message about holdings takes its number
 * and content here, so that numbers grow in the order in which things happened.
 */
export class HoldingsLedger {
  private readonly held = new Map<FileId, Bitfield>();
  private readonly untold = new Map<FileId, Bitfield>();
  private readonly gone = new Set<FileId>();
  private sequence = 0;
  /** What this peer has and does not claim, while it asks whether it may give it up. */
  private readonly withheld = new Map<FileId, Bitfield>();

  /** Replaces everything, as after a start of the engine; nothing of it counts as untold: a report has to follow. */
  reset(files: Iterable<{ fileId: FileId; chunkCount: number; ranges: readonly ChunkRange[] }>): void {
    this.held.clear();
    this.untold.clear();
    this.gone.clear();
    this.withheld.clear();
    for (const file of files) this.held.set(file.fileId, Bitfield.fromRanges(file.chunkCount, file.ranges));
  }

  /** Some of it, or all. */
  holds(fileId: FileId): boolean {
    return this.held.has(fileId);
  }

  add(fileId: FileId, chunkCount: number, ranges: readonly ChunkRange[]): void {
    const isNew = !this.held.has(fileId);
    const held = bitfieldOf(this.held, fileId, chunkCount);
    this.gone.delete(fileId);
    // An empty file has no chunk to name; that it is here must be told all the same.
    if (isNew && chunkCount === 0) bitfieldOf(this.untold, fileId, chunkCount);
    for (const range of ranges) {
      for (let index = range.start; index < range.end; index++) {
        if (held.set(index)) bitfieldOf(this.untold, fileId, chunkCount).set(index);
      }
    }
  }

  remove(fileId: FileId): void {
    if (this.held.delete(fileId)) this.gone.add(fileId);
    this.untold.delete(fileId);
  }

  /**
   * From here on no message claims this file, so that none can undo the release that is asked for under the returned number.
   * Undefined when it is not held.
   */
  withhold(fileId: FileId): { readonly sequence: number; readonly chunkCount: number } | undefined {
    const held = this.held.get(fileId);
    if (held === undefined) return undefined;
    this.held.delete(fileId);
    this.untold.delete(fileId);
    this.withheld.set(fileId, held);
    return { sequence: ++this.sequence, chunkCount: held.length };
  }

  /** The release was granted: it is held no more. False when a new start of the engine has claimed it again. */
  release(fileId: FileId): boolean {
    return this.withheld.delete(fileId);
  }

  /** The release was refused, or nobody knows: it is held, and told again. */
  claimAgain(fileId: FileId): void {
    const held = this.withheld.get(fileId);
    if (held === undefined) return;
    this.withheld.delete(fileId);
    this.add(fileId, held.length, held.toRanges());
  }

  /** A new connection starts a new history: numbers begin again and the report that follows says everything. */
  startOver(): void {
    this.sequence = 0;
    this.untold.clear();
    this.gone.clear();
  }

  get hasUntold(): boolean {
    return this.untold.size > 0 || this.gone.size > 0;
  }

  /** Files that are gone, to be told before the next acknowledgement; undefined when there are none. */
  takeRetraction(): { sequence: number; files: FileId[] } | undefined {
    const files = [...this.gone].slice(0, MESSAGE_LIMITS.acknowledgedFiles);
    if (files.length === 0) return undefined;
    for (const fileId of files) this.gone.delete(fileId);
    return { sequence: ++this.sequence, files };
  }

  /** Chunks that no message has named yet, at most as many as one message may carry. */
  takeAcknowledgement(): HoldingsBatch | undefined {
    const files: HeldFile[] = [];
    for (const [fileId, untold] of this.untold) {
      if (files.length === MESSAGE_LIMITS.acknowledgedFiles) break;
      const told = untold.toRanges().slice(0, MESSAGE_LIMITS.rangesPerFile);
      files.push({ fileId, chunkCount: untold.length, ranges: pairs(told) });
      for (const range of told) for (let index = range.start; index < range.end; index++) untold.clear(index);
      if (untold.isEmpty) this.untold.delete(fileId);
    }
    return files.length === 0 ? undefined : { sequence: ++this.sequence, files };
  }

  /** Everything, in parts; what was untold is in it. */
  takeReport(): HoldingsReport {
    this.untold.clear();
    this.gone.clear();
    const files = [...this.held].map(([fileId, chunks]): HeldFile => {
      const whole = { fileId, chunkCount: chunks.length };
      return chunks.isFull ? whole : { ...whole, ranges: pairs(reportable(chunks)) };
    });
    const parts: HeldFile[][] = [];
    for (let at = 0; at < files.length; at += MESSAGE_LIMITS.reportFiles) {
      parts.push(files.slice(at, at + MESSAGE_LIMITS.reportFiles));
    }
    return { sequence: ++this.sequence, parts: parts.length === 0 ? [[]] : parts };
  }

  digest(): string {
    return holdingsDigest([...this.held].map(([fileId, chunks]) => [fileId, chunks.count] as const));
  }
}

const bitfieldOf = (map: Map<FileId, Bitfield>, fileId: FileId, chunkCount: number): Bitfield => {
  const known = map.get(fileId);
  if (known !== undefined) return known;
  const fresh = new Bitfield(chunkCount);
  map.set(fileId, fresh);
  return fresh;
};

/** A report names at most so many ranges of a file; a peer that holds more crumbs than that says less, never more. */
const reportable = (chunks: Bitfield): ChunkRange[] =>
  chunks.toRanges().slice(0, MESSAGE_LIMITS.rangesPerFile);

const pairs = (ranges: readonly ChunkRange[]): [number, number][] =>
  ranges.map(({ start, end }) => [start, end]);
