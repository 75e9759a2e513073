import type { Bitfield, ChunkIndex, ChunkRange, FileId } from '#core';
import type { FileIdentity, Manifest } from '#chunking';
import type { TreeOnDisk } from './tree/tree-on-disk.js';

/**
 * `complete`: the whole file, in place. `partial`: a part file or a folder of chunk files that nobody is filling now (or
 * that has all it is meant to have); it is served by its bitmap. `downloading`: one that is being filled.
 */
export type StoreState = 'complete' | 'partial' | 'downloading';

/** One file on this peer's disk: complete in place, a part file beside its target, or chunk files in a folder. */
export interface ChunkStore {
  readonly manifest: Manifest;
  /** Chunks that are verified AND written, never more. A live view: do not change it. */
  readonly chunks: Bitfield;
  /** Chunks that this store is meant to get: all, or those of `only`. Do not change it. */
  readonly wanted: Bitfield;
  /** The file itself once complete, before that the part file. */
  readonly path: string;
  /** Where the file is, or will be, delivered. */
  readonly target: string;
  /** The published name, for messages. */
  readonly name: string | undefined;
  /** It came, or comes, by download: others had the file when it was fetched. */
  readonly isFetched: boolean;
  readonly state: StoreState;

  /**
   * Reads from a held chunk, from `offset` bytes into it, until `into` is full or the chunk ends; returns the bytes read.
   * The file is compared with what was digested after every read, so bytes of a changed file are never returned.
   * @throws ShoalError `chunk-out-of-range` (not held, or offset past the chunk), `file-changed`, `disk-failed`. After
   * `file-changed` the catalogue has dropped the store and has said so (`retracted`).
   */
  readInto(chunk: ChunkIndex, offset: number, into: Uint8Array): Promise<number>;

  /**
   * Writes one whole chunk whose digest the caller has checked; a chunk that is held already is left alone.
   * `bytes` may be used again as soon as the promise settles.
   * @throws ShoalError `disk-full`, `disk-failed`, `chunk-out-of-range`, `bad-size` (not the length of that chunk)
   */
  write(chunk: ChunkIndex, bytes: Uint8Array): Promise<void>;

  /**
   * Makes all that was written before the call durable, then the bitmap that says so. Calls queue up; free when there
   * is nothing new. Never on the way of a chunk: see CheckpointSchedule.
   * @throws ShoalError `disk-failed` after an fsync error: chunks that are not known to be durable were cleared from
   * `chunks` and reported (`chunks-lost`); fetch them again. `disk-full` when the bitmap could not be written: nothing is
   * lost, a later checkpoint tries again. `file-changed` when the part was moved or deleted.
   */
  checkpoint(): Promise<void>;

  /**
   * Delivers the complete part file at its target, durably, all or nothing; the store is then `complete` and goes on
   * serving from there. Nothing that is there is overwritten unless the part was created with `force`.
   * @throws ShoalError `target-exists` (the part stays, publish can be tried again), `disk-failed` (as checkpoint),
   * `disk-full`, `bad-path`, `file-changed`, `not-allowed`; `internal` when chunks are missing
   */
  publish(): Promise<void>;

  /** The download stops here: checkpoint, then `partial`. What is held is still served, createPart takes it up again. */
  pause(): Promise<void>;

  /** Checkpoint (errors are reported as `trouble`), then lets go of the file. The catalogue's stop() calls it. */
  close(): Promise<void>;

  /** Deletes a part file and everything known of it. Of a complete file only the record goes, the file stays. */
  discard(): Promise<void>;
}

export interface PartOrder {
  readonly manifest: Manifest;
  readonly name?: string;
  /** Absolute path of the file to deliver; its folder must exist. */
  readonly target: string;
  /** Replace a file that is there when publishing. */
  readonly force: boolean;
  /** Only these chunks. The store stays a sparse part file; a later order for all of them completes it. */
  readonly only?: readonly ChunkRange[];
}

export interface CompleteOrder {
  readonly manifest: Manifest;
  /** Absolute path of a file, or of the folder of a tree, that was digested to `manifest` just now. */
  readonly path: string;
  readonly name?: string;
  /** What the file looked like when it was digested; without it only the size can be compared. */
  readonly identity?: FileIdentity;
  /** How a tree looked when it was digested; without it the folder is digested again. */
  readonly tree?: TreeOnDisk;
}

export interface ShareOrder {
  readonly manifest: Manifest;
  /** Absolute path of a folder with chunk files. */
  readonly folder: string;
  readonly name?: string | undefined;
  /** Bytes of chunks found so far. */
  readonly onProgress?: (bytes: number) => void;
}

/** A file that has the name of a chunk and is not that chunk. */
export interface WrongChunkFile {
  readonly name: string;
  readonly why: string;
}

export interface SharedFolder {
  readonly store: ChunkStore;
  /** By the chunk that has no file. */
  readonly wrong: ReadonlyMap<ChunkIndex, WrongChunkFile>;
}

export interface ChunkFilesOrder {
  readonly manifest: Manifest;
  /** Absolute path of a folder that exists. */
  readonly folder: string;
  /** Published name, after which the files are called; the file id when left out. */
  readonly name?: string | undefined;
  /** Only these chunks. */
  readonly only?: readonly ChunkRange[] | undefined;
  /** Replace files that are there. */
  readonly force: boolean;
  /** Write the manifest file beside them. */
  readonly manifestFile: boolean;
}

/** What the catalogue and its stores report by themselves. */
export type StoreEvent =
  /** These chunks may not be on the disk (fsync failed, could not be read): held no more, fetch them again. */
  | {
      readonly kind: 'chunks-lost';
      readonly fileId: FileId;
      readonly path: string;
      readonly ranges: readonly ChunkRange[];
      readonly reason: string;
    }
  /** Changed, moved, deleted or unreadable: this place of the file is held no more. Another one may be: see get(). */
  | { readonly kind: 'retracted'; readonly fileId: FileId; readonly path: string; readonly reason: string }
  /** Something went wrong that nobody waits for. */
  | { readonly kind: 'trouble'; readonly error: Error };

/**
 * Everything that this peer holds. A file (fileId) may lie in several places: two downloads of it into two folders, or a
 * complete one and a part. `get` gives the best of them to serve from.
 */
export interface ChunkCatalogue {
  /**
   * Locks the data folder, loads the records, compares complete files by identity (without reading them) and opens the
   * parts again: chunks of the bitmap are taken as they are, later ones are checked by digest.
   * @throws ShoalError `data-folder-in-use` naming the process, `disk-failed`, `not-allowed`
   */
  start(): Promise<void>;
  /**
   * A part file to download into; the one of an interrupted download of the same file to the same target is taken up.
   * When the very file lies at its target already (found by its digest) the store is `complete`: nothing is to be fetched.
   * @throws ShoalError `bad-path`, `not-allowed`, `target-exists`, `target-in-use`, `disk-full` (says how much is missing)
   */
  createPart(order: PartOrder): Promise<ChunkStore>;
  /** @throws ShoalError `not-found`, `not-allowed`, `bad-path`, `file-changed` */
  openComplete(order: CompleteOrder): Promise<ChunkStore>;
  /**
   * Holds the chunk files of a folder that match by digest; they are read once.
   * @throws ShoalError `not-found` when none does, `bad-path`, `not-allowed`
   */
  shareChunkFiles(order: ShareOrder): Promise<SharedFolder>;
  /**
   * A store that makes a chunk file of every chunk that is written; those that are there already are held.
   * @throws ShoalError `target-exists`, `target-in-use`, `bad-path`, `not-allowed`, `chunk-out-of-range`
   */
  createChunkFiles(order: ChunkFilesOrder): Promise<ChunkStore>;
  /** The place with the most chunks, a complete one first. */
  get(fileId: FileId): ChunkStore | undefined;
  /** All places of one file. */
  placesOf(fileId: FileId): readonly ChunkStore[];
  /** All places of all files. */
  list(): readonly ChunkStore[];
  /** Stops holding a file: complete files stay where they are, part files are deleted. False when it was not held. */
  forget(fileId: FileId): Promise<boolean>;
  /** Lets the place at this target go and deletes its file, complete or not. False when there is none or it is being filled. */
  remove(fileId: FileId, target: string): Promise<boolean>;
  /** Closes all stores (checkpoints included) and lets the data folder go. */
  stop(): Promise<void>;
}
