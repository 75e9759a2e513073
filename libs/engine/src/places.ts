import { dirname } from 'node:path';
import { Bitfield, type FileId } from '#core';
import type { PlaceInfo } from './control.js';
import { heldBytes } from './net/download.js';
import type { ChunkCatalogue, ChunkStore } from './store/store.js';

/** Every place of every file that lies directly in a folder. `usedAt`: when a file was last sent from. */
export const placesIn = (
  catalogue: ChunkCatalogue,
  folder: string,
  usedAt: (fileId: FileId) => number | undefined,
): PlaceInfo[] =>
  catalogue
    .list()
    .filter(({ target }) => dirname(target) === folder)
    .map((place) => infoOf(place, catalogue.placesOf(place.manifest.fileId), usedAt(place.manifest.fileId)));

const infoOf = (place: ChunkStore, all: readonly ChunkStore[], usedAt: number | undefined): PlaceInfo => {
  const { manifest, chunks, wanted, name, target, path, state } = place;
  return {
    fileId: manifest.fileId,
    chunkCount: manifest.chunkCount,
    ranges: chunks.toRanges(),
    ...(name === undefined ? {} : { name }),
    target,
    path,
    bytes: heldBytes(place),
    only: onlyHere(place, all).toRanges(),
    busy: state === 'downloading',
    unfinished: state !== 'complete' && chunks.count < wanted.count,
    ...(usedAt === undefined ? {} : { usedAt }),
  };
};

const onlyHere = (place: ChunkStore, all: readonly ChunkStore[]): Bitfield => {
  const only = place.chunks.clone();
  for (const other of all) if (other !== place) for (const chunk of other.chunks) only.clear(chunk);
  return only;
};
