import { asShoalError, type FileId, type SharedRun } from '#core';
import type { Manifest } from '#chunking';
import type { FileSystem } from './file-system.js';
import type { OpenFiles } from './open-files.js';
import type { Locks } from './lock.js';
import type { PlaceRecord } from './record.js';
import type { ChunkStore, StoreEvent } from './store.js';

/** A store as the catalogue keeps it. */
export interface Place extends ChunkStore {
  /** Names of files in the data folder that belong to it. */
  readonly sideFiles: readonly string[];
  /** Whether its file is still there and unchanged; if not it drops itself and says so. */
  isInPlace(): Promise<boolean>;
  /** What the record of the file says of this place. */
  toRecord(): PlaceRecord;
}

/** What a store needs of the catalogue. */
export interface StoreHost {
  readonly fs: FileSystem;
  readonly openFiles: OpenFiles;
  /** Makes every change of names in a folder before the call durable; by path. @throws system errors */
  readonly folderSyncs: SharedRun<void>;
  readonly locks: Locks;
  /** The folder of records and bitmaps. */
  readonly folder: string;
  /** Whether a file is set up with less ado: see SMALL_FILE_BYTES. */
  isSmall(manifest: Manifest): boolean;
  /** Writes the record of a file after a place of it changed. */
  save(fileId: FileId): Promise<void>;
  /** Makes that record durable. */
  anchor(): Promise<void>;
  /** A file now lies complete at the target of `place`: other files that were held there were replaced. */
  replaceOthers(place: Place): Promise<void>;
  /** Takes a place out of the catalogue; with a reason it is reported as retracted. */
  drop(place: Place, reason?: string): Promise<void>;
  report(event: StoreEvent): void;
}

/** Reports what went wrong where nobody waits for it. */
export const reportTrouble = (host: Pick<StoreHost, 'report'>, thrown: unknown): void =>
  host.report({ kind: 'trouble', error: asShoalError(thrown) });
