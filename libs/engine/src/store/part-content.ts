import { ShoalError, type ChunkIndex, type ChunkRange } from '#core';
import { fileError, type FileIdentity, type Manifest } from '#chunking';
import { loadBitmap, saveBitmap, type PartInode } from './bitmap-file.js';
import { DurabilityLedger } from './durability-ledger.js';
import type { FileSystem, OpenFile } from './file-system.js';
import { isStillAt, openPart, type PartFile } from './part-file.js';
import type { PartPaths } from './part-name.js';
import { recheckPart } from './part-recheck.js';
import { removeFile, type Durability } from './replace-file.js';

/** Times that a chunk is written when an fsync fails meanwhile: whether its bytes were lost by that is unknown. */
const WRITES_MAX = 3;

/**
 * The bytes of a part file and the bitmap that vouches for them. Knows what is written, what is durable and what the
 * bitmap file says; nothing of targets and records. Calls of open, checkpoint, sync and close must not overlap.
 */
export class PartContent {
  readonly ledger: DurabilityLedger;
  private file: OpenFile | undefined;
  private inode: PartInode | undefined;
  private readonly writes = new Map<ChunkIndex, Promise<void>>();
  /** The bitmap file that is there, if any. */
  private saved: 'none' | 'clean' | 'unclean' = 'none';
  /** Durable chunks that the bitmap file does not tell of, or the other way round. */
  private unsaved = false;

  constructor(
    private readonly fs: FileSystem,
    readonly manifest: Manifest,
    private readonly paths: PartPaths,
    private readonly lost: (ranges: readonly ChunkRange[], reason: string) => void,
  ) {
    this.ledger = new DurabilityLedger(manifest.chunkCount);
  }

  /** The disk that it lies on; undefined before open or peek. */
  get device(): bigint | undefined {
    return this.inode?.device;
  }

  get isOpen(): boolean {
    return this.file !== undefined;
  }

  /** Whether a checkpoint has anything to do. */
  get hasNews(): boolean {
    return this.unsaved || this.ledger.durable.count < this.ledger.chunks.count;
  }

  /**
   * Opens the part file for writing, or makes it. What is in it is known afterwards.
   * @throws system errors; ShoalError `not-allowed`, `file-changed` (it is not the one that was known)
   */
  async open(): Promise<void> {
    const part = await openPart(this.fs, this.paths.part, this.manifest);
    this.file = part.file;
    try {
      if (this.inode === undefined) await this.learn(part);
      else if (part.details.inode !== this.inode.inode || part.fresh) throw this.moved();
      if (this.saved === 'clean') await this.save('unclean', 'content');
    } catch (error) {
      await this.shut();
      throw error;
    }
  }

  /** Takes what the bitmap vouches for without opening the part; false when there may be more in it: open() finds out. */
  async peek(): Promise<boolean> {
    const details = await this.fs.lstat(this.paths.part);
    if (details.kind !== 'file' || details.size !== this.manifest.size) return false;
    const saved = await loadBitmap(
      this.fs,
      this.paths.bitmap,
      this.manifest.fileId,
      details,
      this.manifest.chunkCount,
    );
    if (saved?.clean !== true) return false;
    this.inode = details;
    this.saved = 'clean';
    for (const chunk of saved.chunks) this.ledger.restored(chunk);
    return true;
  }

  /** Whether the part file is still where it belongs. */
  async isInPlace(): Promise<boolean> {
    return this.inode !== undefined && isStillAt(this.fs, this.paths.part, this.inode);
  }

  /** Reads from the open file. */
  async read(into: Uint8Array, position: number): Promise<number> {
    return this.opened().read(into, position);
  }

  /**
   * A chunk that is being written already is not written again: a late second write would change a file that was
   * delivered in between.
   * @throws ShoalError `disk-full`, `disk-failed`
   */
  write(chunk: ChunkIndex, bytes: Uint8Array): Promise<void> {
    const known = this.writes.get(chunk);
    if (known !== undefined) return known;
    const write = this.writeNew(chunk, bytes).finally(() => this.writes.delete(chunk));
    this.writes.set(chunk, write);
    return write;
  }

  /**
   * Data, then bitmap.
   * @throws ShoalError `disk-failed`, `disk-full`, `file-changed` (not in its place any more)
   */
  async checkpoint(): Promise<void> {
    if (!this.hasNews) return;
    await this.sync('datasync');
    if (!(await this.isInPlace())) throw this.moved();
    if (this.unsaved) await this.save('unclean', 'all');
  }

  /** Makes all chunks durable, or gives up those that are not. @throws ShoalError `disk-failed`, `disk-full` */
  async sync(kind: 'datasync' | 'sync'): Promise<void> {
    const file = this.opened();
    const covered = this.ledger.beginSync();
    try {
      await file[kind]();
    } catch (error) {
      const failure = fileError(error, `cannot make ${this.paths.part} durable`);
      this.lost(this.ledger.failSync(), failure.message);
      throw failure;
    }
    this.ledger.endSync(covered);
    if (covered.length > 0) this.unsaved = true;
  }

  /** A chunk that cannot be read back. */
  lose(chunk: ChunkIndex, reason: string): void {
    this.ledger.lose(chunk);
    this.unsaved = true;
    this.lost([{ start: chunk, end: chunk + 1 }], reason);
  }

  /** How the file at `path` looks if it is this part file by another name. */
  async identityAt(path: string): Promise<FileIdentity | undefined> {
    if (this.inode === undefined || !(await isStillAt(this.fs, path, this.inode))) return undefined;
    const { device, inode, size, modified } = await this.fs.lstat(path);
    return { device, inode, size, modified };
  }

  /** How the finished file looks; it must have its full size. */
  async identity(): Promise<FileIdentity> {
    const { device, inode, size, modified } = await this.opened().stat();
    if (size !== this.manifest.size) throw this.moved();
    return { device, inode, size, modified };
  }

  /** Checkpoint, a bitmap that says that there is nothing else in the part, then lets go of the file in any case. */
  async close(): Promise<void> {
    if (this.file === undefined) return;
    try {
      await this.checkpoint();
      const settled = this.writes.size === 0 && this.saved !== 'clean';
      if (settled && !this.ledger.durable.isEmpty) await this.save('clean', 'all');
    } finally {
      await this.shut();
    }
  }

  /** Lets go of the file; what was not checkpointed is not vouched for. */
  async shut(): Promise<void> {
    const file = this.file;
    this.file = undefined;
    await file?.close();
  }

  async removeBitmap(): Promise<void> {
    if (this.saved === 'none') return;
    await removeFile(this.fs, this.paths.bitmap);
    this.saved = 'none';
  }

  private async writeNew(chunk: ChunkIndex, bytes: Uint8Array): Promise<void> {
    const file = this.opened();
    for (let tries = 1; tries <= WRITES_MAX; tries++) {
      const token = this.ledger.beginWrite();
      try {
        await file.write(bytes, this.manifest.offsetOf(chunk));
      } catch (error) {
        throw fileError(error, `cannot write chunk ${chunk + 1} to ${this.paths.part}`);
      }
      if (this.ledger.endWrite(chunk, token)) return;
    }
    throw new ShoalError('disk-failed', `fsync failed whenever chunk ${chunk + 1} was written`);
  }

  private async learn(part: PartFile): Promise<void> {
    const { fileId, chunkCount } = this.manifest;
    this.inode = part.details;
    if (part.fresh) {
      // Without its birth an inode that is used again cannot be told from the one of a part that was deleted.
      if (part.details.born === 0n) await removeFile(this.fs, this.paths.bitmap);
      return;
    }
    const saved = part.intact
      ? await loadBitmap(this.fs, this.paths.bitmap, fileId, part.details, chunkCount)
      : undefined;
    this.saved = saved === undefined ? 'none' : saved.clean ? 'clean' : 'unclean';
    for (const chunk of saved?.chunks ?? []) this.ledger.restored(chunk);
    if (saved?.clean === true) return;
    const found = await recheckPart(part.file, this.manifest, this.ledger.chunks);
    for (const chunk of found) this.ledger.chunks.set(chunk);
  }

  private async save(kind: 'clean' | 'unclean', durability: Durability): Promise<void> {
    const bitmap = { chunks: this.ledger.durable, clean: kind === 'clean' };
    const inode = this.inode as PartInode;
    this.unsaved = false;
    try {
      await saveBitmap(this.fs, this.paths.bitmap, this.manifest.fileId, inode, bitmap, durability);
    } catch (error) {
      this.unsaved = true;
      throw fileError(error, `cannot write ${this.paths.bitmap}`);
    }
    this.saved = kind;
  }

  private opened(): OpenFile {
    if (this.file !== undefined) return this.file;
    throw new ShoalError('internal', `${this.paths.part} is not open for writing`);
  }

  private moved(): ShoalError {
    return new ShoalError('file-changed', `${this.paths.part} was moved, cut or deleted`, {
      hint: 'Start the download again and leave its part file alone.',
    });
  }
}
