import type { FileId } from '#core';
import type { HeldFileInfo } from './control.js';
import type { ChunkCatalogue, ChunkStore } from './store/store.js';

/** Every file that is held, each by the place that it is served from. */
export const heldFileInfos = (catalogue: ChunkCatalogue): HeldFileInfo[] => {
  const fileIds = new Set<FileId>(catalogue.list().map(({ manifest }) => manifest.fileId));
  return [...fileIds].flatMap((fileId) => {
    const store = catalogue.get(fileId);
    return store === undefined ? [] : [infoOf(store)];
  });
};

const infoOf = ({ manifest, chunks, name, path, state }: ChunkStore): HeldFileInfo => ({
  fileId: manifest.fileId,
  chunkCount: manifest.chunkCount,
  ranges: chunks.toRanges(),
  ...(name === undefined ? {} : { name }),
  path,
  size: manifest.size,
  sha256: manifest.sha256,
  state,
  ...(manifest.tree === undefined ? {} : { files: manifest.tree.files }),
});
