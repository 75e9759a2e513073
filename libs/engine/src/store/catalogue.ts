import { dirname, join } from 'node:path';
import { MIB, SharedRun, ShoalError, type FileId } from '#core';
import { fileError, type FileIdentity } from '#chunking';
import { ChunkFolders } from '../chunk-files/chunk-folders.js';
import { CompleteStore } from './complete-store.js';
import { inspectComplete } from './complete-file.js';
import type { FileDetails, FileSystem } from './file-system.js';
import { SpacePromises } from './free-space.js';
import { HeldFiles } from './held-files.js';
import { identicalTarget, makeDurable, removeLeftover, removeTreeLeftovers } from './delivered-file.js';
import { isReservedFor } from './deliver.js';
import { nodeFileSystem } from './node-file-system.js';
import { OpenFiles } from './open-files.js';
import { targetInUse } from './part-lock.js';
import { partPathOf } from './part-name.js';
import { PartStore } from './part-store.js';
import type { PartRecord } from './record.js';
import type { Lock, Locks } from './lock.js';
import { processLocks } from './process-lock.js';
import { RecordBook } from './record-book.js';
import { restorePlaces } from './restore.js';
import { Serial } from './serial.js';
import { reportTrouble, type Place, type StoreHost } from './store-host.js';
import type {
  ChunkCatalogue,
  ChunkFilesOrder,
  ChunkStore,
  CompleteOrder,
  PartOrder,
  SharedFolder,
  ShareOrder,
  StoreEvent,
} from './store.js';
import { removeFile } from './replace-file.js';
import { checkReplaceable, detailsAt, resolveTarget } from './target.js';
import { inspectTree } from './tree/open-tree.js';
import { saveTreeFile } from './tree/tree-file.js';
import { treeFilePathOf } from './tree/tree-paths.js';
import { TreeStore, type CompleteTree } from './tree/tree-store.js';
import { checkReplaceableByTree, identicalTree } from './tree/tree-target.js';

/** Folder of records and bitmaps in the data folder. */
export const RECORD_FOLDER = 'catalogue';
/** How long a record may wait until it is made durable, milliseconds. */
const RECORD_SYNC_MILLISECONDS = 1_000;

/**
 * Up to this size a file is set up with less ado: its part is not locked against other processes, free space is not asked
 * for, and it is not sealed before delivery. What goes wrong is noticed a moment later or costs one more digest, while a
 * thousand small files would spend more time on the precautions than on their bytes.
 */
export const SMALL_FILE_BYTES = MIB;

export interface CatalogueOptions {
  /** Made when it is missing (0700). */
  readonly dataFolder: string;
  readonly report?: (event: StoreEvent) => void;
  readonly fs?: FileSystem;
  readonly locks?: Locks;
  /** SMALL_FILE_BYTES when left out. */
  readonly smallFileBytes?: number;
  /** Runs a task once after some milliseconds; returns what cancels it. */
  readonly later?: (milliseconds: number, task: () => void) => () => void;
}

/** See ChunkCatalogue. Nothing happens before start(); after stop() it can be started again. */
export class Catalogue implements ChunkCatalogue {
  private readonly fs: FileSystem;
  private readonly locks: Locks;
  private readonly report: (event: StoreEvent) => void;
  private readonly later: (milliseconds: number, task: () => void) => () => void;
  private readonly files = new HeldFiles();
  private readonly openFiles: OpenFiles;
  private readonly records: RecordBook;
  private readonly host: StoreHost;
  private readonly space: SpacePromises;
  private readonly serial = new Serial();
  private readonly folders: ChunkFolders;
  /** Targets of orders that are being set up. */
  private readonly claims = new Set<string>();
  private lock: Lock | undefined;
  private cancelSync: (() => void) | undefined;

  constructor(private readonly options: CatalogueOptions) {
    this.fs = options.fs ?? nodeFileSystem;
    this.locks = options.locks ?? processLocks();
    this.report = options.report ?? (() => undefined);
    this.later = options.later ?? laterUnref;
    this.openFiles = new OpenFiles(this.fs);
    this.records = new RecordBook(this.fs, join(options.dataFolder, RECORD_FOLDER));
    this.space = new SpacePromises(this.fs, (device) => this.missingOn(device));
    this.host = this.makeHost();
    this.folders = new ChunkFolders(this.host, this.files, this.serial);
  }

  async start(): Promise<void> {
    try {
      await this.fs.makeFolder(this.records.folder);
      this.lock = await this.lockFolder();
      const records = await this.records.load((error) => this.report({ kind: 'trouble', error }));
      await restorePlaces(this.host, this.files, records);
      await this.records.sweep(new Set(this.files.all().flatMap((place) => place.sideFiles)));
    } catch (error) {
      await this.release();
      throw fileError(error, `cannot use the data folder ${this.options.dataFolder}`);
    }
  }

  async createPart(order: PartOrder): Promise<ChunkStore> {
    const target = await resolveTarget(this.fs, order.target);
    this.claim(target);
    try {
      return await this.serial.run(order.manifest.fileId, () => this.fill({ ...order, target }));
    } finally {
      this.claims.delete(target);
    }
  }

  async openComplete(order: CompleteOrder): Promise<ChunkStore> {
    const { manifest, name } = order;
    if (manifest.tree !== undefined) {
      const { path, tree } = await inspectTree(this.fs, order);
      return this.serial.run(manifest.fileId, () => this.addTree({ manifest, path, name, tree }));
    }
    const { path, identity } = await inspectComplete(this.fs, order);
    return this.serial.run(manifest.fileId, async () => {
      return this.addComplete(new CompleteStore(this.host, { manifest, path, name, identity }));
    });
  }

  shareChunkFiles(order: ShareOrder): Promise<SharedFolder> {
    return this.folders.share(order);
  }

  createChunkFiles(order: ChunkFilesOrder): Promise<ChunkStore> {
    return this.folders.fill(order);
  }

  get(fileId: FileId): ChunkStore | undefined {
    return this.files.best(fileId);
  }

  placesOf(fileId: FileId): readonly ChunkStore[] {
    return this.files.placesOf(fileId);
  }

  list(): readonly ChunkStore[] {
    return this.files.all();
  }

  forget(fileId: FileId): Promise<boolean> {
    return this.serial.run(fileId, async () => {
      const places = [...this.files.placesOf(fileId)];
      for (const place of places) await place.discard();
      return places.length > 0;
    });
  }

  remove(fileId: FileId, target: string): Promise<boolean> {
    return this.serial.run(fileId, async () => {
      const place = this.files.placesOf(fileId).find((one) => one.target === target);
      if (place === undefined || place.state === 'downloading') return false;
      const { path } = place;
      await place.discard();
      await removeFile(this.fs, path);
      return true;
    });
  }

  async stop(): Promise<void> {
    this.cancelSync?.();
    this.cancelSync = undefined;
    await Promise.all(this.files.all().map((place) => place.close()));
    await this.syncRecords();
    for (const place of this.files.all()) this.files.remove(place);
    await this.release();
  }

  private async fill(order: PartOrder): Promise<ChunkStore> {
    const { manifest, target } = order;
    const known = this.files.placesOf(manifest.fileId).find((place) => place.target === target);
    const place = known !== undefined && (await known.isInPlace()) ? known : undefined;
    if (place?.state === 'complete') return place;
    const there = await detailsAt(this.fs, target);
    const delivered = await this.takeDelivered(order, there, place);
    if (delivered !== undefined) return delivered;
    await this.checkTarget(order, there);
    const part = place instanceof PartStore ? place : new PartStore(this.host, manifest, partRecord(order));
    const kept = this.host.isSmall(manifest)
      ? noop
      : await this.space.make(dirname(target), part.bytesMissingOf(order));
    try {
      await this.beginPart(part, order);
    } finally {
      kept();
    }
    return part;
  }

  private async checkTarget({ manifest, target, force }: PartOrder, there?: FileDetails): Promise<void> {
    if (there === undefined) return;
    if (manifest.tree !== undefined) return checkReplaceableByTree(target, there, force, this.records.folder);
    const part = partPathOf(manifest.fileId, target);
    if (!(await isReservedFor(this.fs, part, target, there))) checkReplaceable(target, there, force);
  }

  /** The wanted file or tree may lie at its target already: then what an interrupted delivery left beside it goes. */
  private async takeDelivered(
    order: PartOrder,
    there?: FileDetails,
    part?: Place,
  ): Promise<Place | undefined> {
    const { manifest, target: path, name } = order;
    const tree = manifest.tree && (await identicalTree(this.fs, manifest, path, there));
    const identity = manifest.tree ? undefined : await identicalTarget(this.fs, manifest, path, there);
    if (tree === undefined && identity === undefined) return undefined;
    await makeDurable(this.fs, path).catch((error: unknown) => {
      throw fileError(error, `cannot make ${path} durable`);
    });
    await part?.discard();
    if (tree !== undefined) {
      await removeTreeLeftovers(this.fs, manifest, path);
      return this.addTree({ manifest, path, name, tree, isFetched: true });
    }
    const file = { manifest, path, name, identity: identity as FileIdentity, isFetched: true };
    await removeLeftover(this.fs, manifest, path, file.identity);
    return this.addComplete(new CompleteStore(this.host, file));
  }

  private async addTree(content: CompleteTree): Promise<Place> {
    const { manifest, path, tree } = content;
    await saveTreeFile(this.fs, treeFilePathOf(this.records.folder, manifest.fileId, path), tree);
    return this.addComplete(new TreeStore(this.host, content));
  }

  private async addComplete(store: Place): Promise<Place> {
    await this.replaceOthers(store);
    this.files.add(store);
    await this.save(store.manifest.fileId);
    return store;
  }

  private async beginPart(part: PartStore, order: PartOrder): Promise<void> {
    const known = this.files.placesOf(part.manifest.fileId).includes(part);
    if (!known) this.files.add(part);
    try {
      await part.begin(order);
    } catch (error) {
      if (!known) await this.host.drop(part).catch((trouble: unknown) => reportTrouble(this.host, trouble));
      throw error;
    }
  }

  /** One download at a time may have a target. @throws ShoalError `target-in-use` */
  private claim(target: string): void {
    const taken = this.files.placesAt(target).some((place) => place.state === 'downloading');
    if (taken || this.claims.has(target)) throw targetInUse(target);
    this.claims.add(target);
  }

  /** What was held at this path before: the same file is only recorded anew, another one was replaced. */
  private async replaceOthers({ manifest: { fileId }, path }: Place, except?: Place): Promise<void> {
    for (const other of this.files.placesAt(path)) {
      if (other === except || other.state !== 'complete') continue;
      await other.close();
      await this.drop(other, other.manifest.fileId === fileId ? undefined : 'another file took its place');
    }
  }

  private missingOn(device: bigint): number {
    let bytes = 0;
    for (const place of this.files.all()) {
      if (place instanceof PartStore && place.isFillingOn(device)) bytes += place.missingBytes;
    }
    return bytes;
  }

  private async save(fileId: FileId): Promise<void> {
    const record = this.files.recordOf(fileId);
    await (record === undefined ? this.records.remove(fileId) : this.records.put(record));
    this.cancelSync ??= this.later(RECORD_SYNC_MILLISECONDS, () => {
      this.cancelSync = undefined;
      void this.syncRecords();
    });
  }

  private async drop(place: Place, reason?: string): Promise<void> {
    if (!this.files.remove(place)) return;
    const { fileId } = place.manifest;
    if (reason !== undefined) this.report({ kind: 'retracted', fileId, path: place.path, reason });
    await this.save(fileId);
  }

  private syncRecords(): Promise<void> {
    return this.records.sync().catch((error: unknown) => reportTrouble(this.host, error));
  }

  private makeHost(): StoreHost {
    return {
      fs: this.fs,
      openFiles: this.openFiles,
      folderSyncs: new SharedRun((folder) => this.fs.syncFolder(folder)),
      locks: this.locks,
      folder: this.records.folder,
      isSmall: ({ size }) => size <= (this.options.smallFileBytes ?? SMALL_FILE_BYTES),
      save: (fileId) => this.save(fileId),
      anchor: () => this.records.sync(),
      replaceOthers: (place) => this.replaceOthers(place, place),
      drop: (place, reason) => this.drop(place, reason),
      report: (event) => this.report(event),
    };
  }

  private async lockFolder(): Promise<Lock> {
    const { dataFolder } = this.options;
    const { device, inode } = await this.fs.stat(dataFolder);
    return this.locks.acquire({
      id: `data-folder:${device}:${inode}`,
      file: join(dataFolder, 'lock'),
      busy: (pid) => dataFolderInUse(dataFolder, pid),
    });
  }

  private async release(): Promise<void> {
    const { lock } = this;
    this.lock = undefined;
    await this.openFiles.close();
    await lock?.release();
  }
}

const partRecord = ({ target, name, force, only }: PartOrder): PartRecord => ({
  kind: 'part',
  target,
  name,
  force,
  only,
});

const dataFolderInUse = (folder: string, pid: number | undefined): ShoalError =>
  new ShoalError('data-folder-in-use', `process ${pid ?? '(it does not say which)'} uses ${folder} already`, {
    hint: 'Stop that process, or give this one a data folder of its own.',
  });

const noop = (): void => undefined;

const laterUnref = (milliseconds: number, task: () => void): (() => void) => {
  const timer = setTimeout(task, milliseconds);
  timer.unref();
  return () => clearTimeout(timer);
};
