import { join } from 'node:path';
import { Bitfield, rangesOf, ShoalError, type ChunkIndex, type ChunkRange } from '#core';
import { fileError, type Manifest } from '#chunking';
import { eachOf } from '../store/each-of.js';
import { checkRead } from '../store/read-range.js';
import type { ChunkFilesRecord, PlaceRecord } from '../store/record.js';
import { Serial } from '../store/serial.js';
import { reportTrouble, type Place, type StoreHost } from '../store/store-host.js';
import type { StoreState } from '../store/store.js';
import { wantedOf } from '../store/wanted.js';
import { ChunkFileWriter } from './chunk-file-writer.js';
import { formatChunkFileRow, parseChunkFileRow, type ChunkFileRow } from './chunk-file-row.js';
import { whatChanged } from './what-changed.js';

/** Files looked at side by side. */
const AT_ONCE = 16;

export interface FillOrder {
  readonly name: string | undefined;
  readonly only: readonly ChunkRange[] | undefined;
  readonly force: boolean;
}

/**
 * Some or all chunks of a file, each a file of its own in one folder (`music3.txt`). A chunk is served as long as its file
 * looks as it did when it was digested; a file that changed, moved or vanished costs that chunk only. The files are a
 * person's own: they are never deleted or changed from here, only made by a download.
 */
export class ChunkFilesStore implements Place {
  readonly sideFiles = [];
  /** Not known: some may be a person's own. */
  readonly isFetched = false;
  readonly chunks: Bitfield;
  readonly path: string;
  readonly target: string;
  name: string | undefined;
  private readonly rows = new Map<ChunkIndex, ChunkFileRow>();
  private readonly serial = new Serial();
  private writer: ChunkFileWriter | undefined;
  private ordered: Bitfield | undefined;
  private news = false;

  constructor(
    private readonly host: StoreHost,
    readonly manifest: Manifest,
    record: ChunkFilesRecord,
  ) {
    this.chunks = new Bitfield(manifest.chunkCount);
    this.path = record.folder;
    this.target = record.folder;
    this.name = record.name;
    for (const text of record.files) {
      const row = parseChunkFileRow(text);
      if (row !== undefined && row.chunk < manifest.chunkCount) this.add(row);
    }
  }

  get state(): StoreState {
    return this.writer === undefined ? 'partial' : 'downloading';
  }

  get wanted(): Bitfield {
    return this.ordered ?? this.chunks;
  }

  /** Takes files that were just digested; what is known of other chunks stays. */
  hold(rows: readonly ChunkFileRow[], name: string | undefined): void {
    this.name = name ?? this.name;
    for (const row of rows) this.add(row);
  }

  /**
   * A download may write into it from here on. Files that are there and right are held.
   * @throws ShoalError `target-exists`, `bad-path`, `chunk-out-of-range`
   */
  async begin({ name, only, force }: FillOrder): Promise<void> {
    this.name = name ?? this.name;
    const { fs } = this.host;
    const writer = new ChunkFileWriter(
      fs,
      this.path,
      this.manifest,
      this.name ?? this.manifest.fileId,
      force,
    );
    this.writer = writer;
    try {
      const wanted = wantedOf(this.manifest, only);
      for (const chunk of wanted) await this.lookFor(chunk, writer);
      this.ordered = wanted;
    } catch (error) {
      this.writer = undefined;
      throw error;
    }
  }

  async readInto(chunk: ChunkIndex, offset: number, into: Uint8Array): Promise<number> {
    const { length } = checkRead(this.manifest, this.chunks, chunk, offset, into);
    const row = this.rows.get(chunk) as ChunkFileRow;
    const path = this.pathOf(row);
    try {
      const read = await this.host.openFiles.use(path, (file) => file.read(into.subarray(0, length), offset));
      const changed = await whatChanged(this.host.fs, path, row.identity);
      if (changed !== undefined) throw servedNoMore(path, changed);
      if (read < length) throw servedNoMore(path, 'it is shorter than it was');
      return read;
    } catch (thrown) {
      const error = fileError(thrown, `cannot read ${path}`);
      if (error.code === 'limit-exceeded') throw error;
      await this.recheck(row, error.message);
      throw error.code === 'disk-failed' || error.code === 'file-changed'
        ? error
        : servedNoMore(path, error.message);
    }
  }

  /** A chunk that is held, or is being written, is left alone. */
  write(chunk: ChunkIndex, bytes: Uint8Array): Promise<void> {
    return this.serial.run(`write ${chunk}`, async () => {
      if (this.chunks.has(chunk)) return;
      const { writer } = this;
      if (writer === undefined) throw new ShoalError('internal', `no download writes to ${this.path}`);
      if (bytes.length !== this.manifest.lengthOf(chunk)) {
        throw new ShoalError('bad-size', `${bytes.length} bytes are not chunk ${chunk + 1}`);
      }
      const identity = await writer.write(chunk, bytes);
      this.add({ chunk, name: writer.name(chunk), identity });
    });
  }

  /** Chunk files are durable but for their names, and for what the data folder knows of them. */
  checkpoint(): Promise<void> {
    return this.serial.run('save', async () => {
      if (!this.news) return;
      this.news = false;
      try {
        await this.host.folderSyncs.of(this.path);
        await this.host.save(this.manifest.fileId);
      } catch (error) {
        this.news = true;
        throw fileError(error, `cannot save what is known of ${this.path}`);
      }
    });
  }

  publish(): Promise<void> {
    return this.pause();
  }

  async pause(): Promise<void> {
    this.writer = undefined;
    this.ordered = undefined;
    await this.checkpoint();
  }

  async close(): Promise<void> {
    await this.pause().catch((error: unknown) => reportTrouble(this.host, error));
    for (const row of this.rows.values()) await this.host.openFiles.drop(this.pathOf(row));
  }

  async discard(): Promise<void> {
    await this.close();
    await this.host.drop(this);
  }

  /** True while one of its files is as it was; the others are given up. */
  async isInPlace(): Promise<boolean> {
    if (this.manifest.chunkCount === 0)
      return (await this.host.fs.lstat(this.path).catch(() => undefined)) !== undefined;
    await this.recheck();
    return !this.chunks.isEmpty || this.writer !== undefined;
  }

  toRecord(): PlaceRecord {
    const files = [...this.rows.values()].map(formatChunkFileRow);
    return { kind: 'chunk-files', folder: this.path, name: this.name, files };
  }

  /**
   * Looks at every file and gives up those that are not what they were, with one report for all: when one was changed,
   * others often were too.
   */
  private recheck(suspect?: ChunkFileRow, why?: string): Promise<void> {
    return this.serial.run('recheck', async () => {
      const lost = new Map<ChunkFileRow, string>();
      if (suspect !== undefined && this.rows.get(suspect.chunk) === suspect)
        lost.set(suspect, why ?? 'it was lost');
      await eachOf([...this.rows.values()], AT_ONCE, async (row) => {
        const changed = await whatChanged(this.host.fs, this.pathOf(row), row.identity).catch(
          () => undefined,
        );
        if (changed !== undefined) lost.set(row, changed);
      });
      if (lost.size > 0) await this.giveUp(lost);
    });
  }

  private async giveUp(lost: ReadonlyMap<ChunkFileRow, string>): Promise<void> {
    for (const row of lost.keys()) {
      this.rows.delete(row.chunk);
      this.chunks.clear(row.chunk);
      await this.host.openFiles.drop(this.pathOf(row));
    }
    const [[first, why]] = lost as unknown as [[ChunkFileRow, string]];
    const reason =
      lost.size === 1 ? why : `${lost.size} chunk files are not what they were: ${first.name}: ${why}`;
    const { fileId } = this.manifest;
    try {
      if (this.chunks.isEmpty && this.writer === undefined) return await this.host.drop(this, reason);
      await this.host.save(fileId);
    } catch (error) {
      reportTrouble(this.host, error);
    }
    const path = lost.size === 1 ? this.pathOf(first) : this.path;
    const ranges = rangesOf([...lost.keys()].map(({ chunk }) => chunk));
    this.host.report({ kind: 'chunks-lost', fileId, path, ranges, reason });
  }

  private async lookFor(chunk: ChunkIndex, writer: ChunkFileWriter): Promise<void> {
    if (this.chunks.has(chunk)) return;
    const identity = await writer.existing(chunk);
    if (identity !== undefined) this.add({ chunk, name: writer.name(chunk), identity });
  }

  private add(row: ChunkFileRow): void {
    this.rows.set(row.chunk, row);
    this.chunks.set(row.chunk);
    this.news = true;
  }

  private pathOf({ name }: ChunkFileRow): string {
    return join(this.path, name);
  }
}

const servedNoMore = (path: string, why: string): ShoalError =>
  new ShoalError('file-changed', `${path} is served no more: ${why}`, {
    hint: 'Share its folder again when it is whole.',
  });
