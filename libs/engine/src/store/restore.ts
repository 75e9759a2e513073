import { asShoalError } from '#core';
import { CompleteStore } from './complete-store.js';
import type { Manifest } from '#chunking';
import { removeLeftover, removeTreeLeftovers } from './delivered-file.js';
import { eachOf } from './each-of.js';
import { ChunkFilesStore } from '../chunk-files/chunk-files-store.js';
import type { HeldFiles } from './held-files.js';
import { PartStore } from './part-store.js';
import type { FileRecord, PlaceRecord } from './record.js';
import { reportTrouble, type Place, type StoreHost } from './store-host.js';
import { loadTreeFile } from './tree/tree-file.js';
import { treeFilePathOf } from './tree/tree-paths.js';
import { TreeStore } from './tree/tree-store.js';

type RestoredPlace = CompleteStore | TreeStore | PartStore | ChunkFilesStore;

/** Files looked at side by side; each is a few system calls. */
const AT_ONCE = 16;

/** Brings back what the records tell of; what is not there any more, or changed, is dropped and reported. */
export const restorePlaces = async (
  host: StoreHost,
  files: HeldFiles,
  records: readonly FileRecord[],
): Promise<void> => {
  await eachOf(records, AT_ONCE, (record) => restoreFile(host, files, record));
};

/** All places are known before the first is looked at: saving the record on the way must not forget the others. */
const restoreFile = async (host: StoreHost, files: HeldFiles, record: FileRecord): Promise<void> => {
  const { manifest } = record;
  const made = await Promise.all(record.places.map((place) => knownPlace(host, manifest, place)));
  const places = made.filter((place) => place !== undefined);
  for (const place of places) files.add(place);
  for (const place of places) await restorePlace(host, place);
  if (places.length < made.length || places.length === 0) await host.save(manifest.fileId);
};

/** @throws ShoalError of a tree whose file in the data folder is damaged */
const makePlace = async (host: StoreHost, manifest: Manifest, place: PlaceRecord): Promise<RestoredPlace> => {
  switch (place.kind) {
    case 'part':
      return new PartStore(host, manifest, place);
    case 'chunk-files':
      return new ChunkFilesStore(host, manifest, place);
    case 'complete':
      return new CompleteStore(host, {
        manifest,
        name: place.name,
        path: place.path,
        identity: place.identity,
        isFetched: place.isFetched,
      });
    case 'tree': {
      const file = treeFilePathOf(host.folder, manifest.fileId, place.path);
      const tree = await loadTreeFile(host.fs, file, manifest);
      return new TreeStore(host, { ...place, manifest, name: place.name, tree });
    }
  }
};

/** Undefined, and reported, for a place that cannot be known again. */
const knownPlace = async (
  host: StoreHost,
  manifest: Manifest,
  place: PlaceRecord,
): Promise<RestoredPlace | undefined> =>
  makePlace(host, manifest, place).catch((error: unknown) => {
    reportTrouble(host, error);
    return undefined;
  });

const restorePlace = async (host: StoreHost, place: RestoredPlace): Promise<void> => {
  if (place instanceof ChunkFilesStore) {
    if (!(await place.isInPlace())) await host.drop(place, 'its chunk files are gone');
    return;
  }
  if (place instanceof TreeStore) {
    if (await place.isInPlace()) await removeTreeLeftovers(host.fs, place.manifest, place.path);
    return;
  }
  if (place instanceof CompleteStore) {
    if (await place.isInPlace()) await removeLeftover(host.fs, place.manifest, place.path, place.identity);
    return;
  }
  try {
    if (!(await place.restore())) await host.drop(place, 'its part file was moved or deleted');
  } catch (error) {
    await dropBroken(host, place, error);
  }
};

const dropBroken = async (host: StoreHost, place: Place, thrown: unknown): Promise<void> => {
  reportTrouble(host, thrown);
  await host.drop(place, asShoalError(thrown).message);
};
