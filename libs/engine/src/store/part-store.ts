import { basename, dirname } from 'node:path';
import { Bitfield, ShoalError, type ChunkIndex, type ChunkRange } from '#core';
import { fileError, type FileIdentity, type Manifest } from '#chunking';
import { makeDurable } from './delivered-file.js';
import { FileDelivery, type Delivery } from './delivery.js';
import { PartContent } from './part-content.js';
import { PartLock } from './part-lock.js';
import { partPathsOf, type PartPaths } from './part-name.js';
import { checkRead } from './read-range.js';
import type { PartRecord, PlaceRecord } from './record.js';
import { removeFile } from './replace-file.js';
import { missingBytes, wantedOf } from './wanted.js';
import { Serial } from './serial.js';
import { reportTrouble, type Place, type StoreHost } from './store-host.js';
import { TreeDelivery } from './tree/tree-delivery.js';
import { treeFilePathOf } from './tree/tree-paths.js';
import { unpackedBytes } from './tree/unpacked-bytes.js';
import type { PartOrder, StoreState } from './store.js';

/**
 * A download on disk: a part file that fills up, and once published the file itself.
 * idle (served only) -> downloading -> idle ... -> delivered; gone when it was discarded, moved or deleted.
 */
export class PartStore implements Place {
  readonly target: string;
  readonly isFetched = true;
  private readonly content: PartContent;
  private readonly paths: PartPaths;
  private readonly serial = new Serial();
  private order: Omit<PartRecord, 'kind' | 'target' | 'sealed'>;
  private readonly lock: PartLock;
  private readonly delivery: Delivery;
  private delivered: Place | undefined;
  private gone: ShoalError | undefined;
  private filling = false;
  private anchored = false;
  private all: Bitfield;

  constructor(
    private readonly host: StoreHost,
    readonly manifest: Manifest,
    record: PartRecord,
  ) {
    this.target = record.target;
    this.order = record;
    this.all = wantedOf(manifest, record.only);
    this.paths = partPathsOf(host.folder, manifest.fileId, record.target);
    this.lock = new PartLock(host, this.paths.part, record.target);
    this.delivery =
      manifest.tree === undefined
        ? new FileDelivery(host, manifest, this.paths.part, record.target, record.sealed)
        : new TreeDelivery(host, manifest, record.target, record.sealed);
    this.content = new PartContent(host.fs, manifest, this.paths, (ranges, reason) =>
      this.reportLost(ranges, reason),
    );
  }

  get chunks(): Bitfield {
    return this.content.ledger.chunks;
  }

  get wanted(): Bitfield {
    return this.all;
  }

  get path(): string {
    return this.delivered?.path ?? this.paths.part;
  }

  get name(): string | undefined {
    return this.order.name;
  }

  get state(): StoreState {
    if (this.delivered !== undefined) return 'complete';
    return this.filling ? 'downloading' : 'partial';
  }

  get sideFiles(): readonly string[] {
    if (this.delivered !== undefined) return this.delivered.sideFiles;
    const { tree, fileId } = this.manifest;
    const files = [this.paths.bitmap];
    if (tree !== undefined) files.push(treeFilePathOf(this.host.folder, fileId, this.target));
    return files.map((path) => basename(path));
  }

  /** Bytes that will still be written: what is wanted and not there yet, and a tree once more when it is unpacked. */
  get missingBytes(): number {
    return missingBytes(this.manifest, this.all, this.chunks) + unpackedBytes(this.manifest, this.all);
  }

  /** Bytes that an order would have to write. */
  bytesMissingOf({ only }: PartOrder): number {
    const wanted = wantedOf(this.manifest, only);
    return missingBytes(this.manifest, wanted, this.chunks) + unpackedBytes(this.manifest, wanted);
  }

  isFillingOn(device: bigint): boolean {
    return this.filling && this.content.device === device;
  }

  /** Takes up what an earlier run left. False when nothing of it is there. */
  async restore(): Promise<boolean> {
    let done = await this.delivery.alreadyDone();
    if (done === undefined) {
      if ((await this.host.fs.lstat(this.paths.part).catch(() => undefined)) === undefined) return false;
      if (!(await this.content.peek())) await this.examine();
      done = this.chunks.isFull ? await this.content.identityAt(this.target) : undefined;
    }
    if (done === undefined) return true;
    await makeDurable(this.host.fs, this.target);
    await this.becomeComplete(done);
    return true;
  }

  /** Starts (or goes on) filling it. @throws ShoalError as createPart of the catalogue */
  async begin(order: PartOrder): Promise<void> {
    if (!this.host.isSmall(this.manifest)) await this.lock.take();
    try {
      this.order = { name: order.name, force: order.force, only: order.only };
      this.all = wantedOf(this.manifest, order.only);
      await this.host.save(this.manifest.fileId);
      await this.content.open();
      await this.host.openFiles.drop(this.paths.part);
      this.filling = true;
    } catch (thrown) {
      await this.lock.release();
      const error = fileError(thrown, `cannot make the part file ${this.paths.part}`);
      throw error.code === 'file-changed' ? await this.vanish(error.message, error) : error;
    }
  }

  async isInPlace(): Promise<boolean> {
    if (this.delivered !== undefined) return this.delivered.isInPlace();
    if (this.filling || (await this.content.isInPlace())) return true;
    await this.vanish('it was moved or deleted');
    return false;
  }

  async readInto(chunk: ChunkIndex, offset: number, into: Uint8Array): Promise<number> {
    if (this.delivered !== undefined) return this.delivered.readInto(chunk, offset, into);
    this.checkHere();
    const { position, length } = checkRead(this.manifest, this.chunks, chunk, offset, into);
    const read = await this.readFrom(chunk, into.subarray(0, length), position);
    if (read === length) return read;
    throw await this.vanish('it is shorter than it was');
  }

  async write(chunk: ChunkIndex, bytes: Uint8Array): Promise<void> {
    if (bytes.length !== this.manifest.lengthOf(chunk)) {
      throw new ShoalError('bad-size', `${bytes.length} bytes are not chunk ${chunk + 1}`);
    }
    if (this.delivered !== undefined || this.chunks.has(chunk)) return;
    this.checkHere();
    await this.content.write(chunk, bytes);
  }

  checkpoint(): Promise<void> {
    return this.alone(async () => {
      if (!this.filling || !this.content.hasNews) return;
      await this.anchor();
      await this.content.checkpoint();
    });
  }

  publish(): Promise<void> {
    return this.alone(async () => {
      if (this.delivered !== undefined) return;
      this.checkHere();
      if (!this.chunks.isFull || !this.filling) {
        throw new ShoalError('internal', `${this.target} cannot be published: it is not complete`);
      }
      const save = (): Promise<void> => this.host.save(this.manifest.fileId);
      const identity = await this.delivery.run(this.content, this.order.force, save);
      await this.becomeComplete(identity);
    });
  }

  pause(): Promise<void> {
    return this.alone(async () => {
      if (!this.filling) return;
      try {
        await this.anchor();
        await this.content.close();
      } finally {
        await this.rest();
      }
    });
  }

  async close(): Promise<void> {
    if (this.delivered !== undefined) return this.delivered.close();
    await this.pause().catch((error: unknown) => reportTrouble(this.host, error));
    await this.host.openFiles.drop(this.paths.part);
  }

  discard(): Promise<void> {
    return this.alone(async () => {
      if (this.delivered !== undefined) return this.delivered.discard();
      if (this.gone !== undefined) return;
      this.gone = new ShoalError('cancelled', `the download to ${this.target} was discarded`);
      await this.rest();
      await this.content.removeBitmap();
      await removeFile(this.host.fs, this.paths.part);
      await this.host.drop(this);
    });
  }

  toRecord(): PlaceRecord {
    if (this.delivered !== undefined) return this.delivered.toRecord();
    return { kind: 'part', target: this.target, ...this.order, sealed: this.delivery.sealed };
  }

  /** One at a time; what a file system throws becomes a ShoalError, a part that is not in its place anymore goes. */
  private async alone(task: () => Promise<void>): Promise<void> {
    return this.serial.run('', async () => {
      try {
        await task();
      } catch (thrown) {
        const error = fileError(thrown, `cannot save ${this.target}`);
        throw error.code === 'file-changed' ? await this.vanish(error.message, error) : error;
      }
    });
  }

  private async readFrom(chunk: ChunkIndex, into: Uint8Array, position: number): Promise<number> {
    try {
      if (this.content.isOpen) return await this.content.read(into, position);
      const read = await this.host.openFiles.use(this.paths.part, (file) => file.read(into, position));
      if (await this.content.isInPlace()) return read;
    } catch (thrown) {
      const error = fileError(thrown, `cannot read ${this.paths.part}`);
      if (error.code === 'disk-failed') this.content.lose(chunk, error.message);
      if (error.code !== 'not-found') throw error;
    }
    throw await this.vanish('it was moved or deleted');
  }

  /** Makes the record and the name of the part durable, once: a bitmap without them would be of no use. */
  private async anchor(): Promise<void> {
    if (this.anchored) return;
    await this.host.anchor();
    await this.host.folderSyncs.of(dirname(this.paths.part));
    this.anchored = true;
  }

  private async becomeComplete(identity: FileIdentity): Promise<void> {
    const { manifest } = this;
    for (const chunk of Bitfield.full(manifest.chunkCount)) this.chunks.set(chunk);
    this.delivered = this.delivery.place(identity, this, this.name);
    try {
      await this.rest();
      await this.content.removeBitmap();
      await removeFile(this.host.fs, this.paths.part);
      await this.host.save(manifest.fileId);
      await this.host.replaceOthers(this);
    } catch (error) {
      reportTrouble(this.host, error); // the file is delivered; what is left over goes at the next start
    }
  }

  /** Opens a part that may hold more than its bitmap says; when another process fills it, that one knows better. */
  private async examine(): Promise<void> {
    await this.lock.take();
    try {
      await this.content.open();
      await this.content.close();
    } finally {
      await this.rest();
    }
  }

  /** Nothing is open or locked afterwards. */
  private async rest(): Promise<void> {
    this.filling = false;
    await this.content.shut();
    await this.lock.release();
  }

  private async vanish(reason: string, cause?: ShoalError): Promise<ShoalError> {
    if (this.gone !== undefined) return this.gone;
    const error =
      cause ?? new ShoalError('file-changed', `the part file of ${this.target} cannot be used: ${reason}`);
    this.gone = error;
    try {
      await this.rest();
      await this.host.openFiles.drop(this.paths.part);
      await this.content.removeBitmap();
      await this.host.drop(this, reason);
    } catch (trouble) {
      reportTrouble(this.host, trouble);
    }
    return error;
  }

  private checkHere(): void {
    if (this.gone !== undefined) throw this.gone;
  }

  private reportLost(ranges: readonly ChunkRange[], reason: string): void {
    const { fileId } = this.manifest;
    if (ranges.length > 0)
      this.host.report({ kind: 'chunks-lost', fileId, path: this.paths.part, ranges, reason });
  }
}
