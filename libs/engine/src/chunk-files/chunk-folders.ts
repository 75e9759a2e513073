import { isAbsolute } from 'node:path';
import { ShoalError } from '#core';
import { fileError, type Manifest } from '#chunking';
import type { HeldFiles } from '../store/held-files.js';
import type { Serial } from '../store/serial.js';
import type { StoreHost } from '../store/store-host.js';
import type { ChunkFilesOrder, ChunkStore, SharedFolder, ShareOrder } from '../store/store.js';
import { ChunkFileScan } from './chunk-file-scan.js';
import type { ChunkFileRow } from './chunk-file-row.js';
import { ChunkFilesStore } from './chunk-files-store.js';
import { writeManifestFile } from './write-manifest-file.js';

/** The folders of chunk files among all that a peer holds. */
export class ChunkFolders {
  constructor(
    private readonly host: StoreHost,
    private readonly files: HeldFiles,
    private readonly serial: Serial,
  ) {}

  /**
   * Reads the chunk files of a folder once and holds those that match by digest.
   * @throws ShoalError `not-found` when none does, `bad-path`, `target-in-use`
   */
  async share(order: ShareOrder): Promise<SharedFolder> {
    const { manifest, name } = order;
    const folder = await this.realFolder(order.folder);
    const scan = new ChunkFileScan(this.host.fs, { ...order, name, folder });
    const rows: ChunkFileRow[] = [];
    for await (const { chunks, name: file, identity } of scan.found()) {
      for (const chunk of chunks) rows.push({ chunk, name: file, identity });
    }
    if (rows.length === 0 && manifest.chunkCount > 0) throw nothingFound(folder, name);
    const store = await this.serial.run(manifest.fileId, async () => {
      const place = this.placeAt(manifest, folder, name);
      place.hold(rows, name);
      await place.checkpoint();
      return place;
    });
    return { store, wrong: scan.wrongFiles };
  }

  /** Chunk files to download into. @throws ShoalError `target-exists`, `target-in-use`, `bad-path`, `not-allowed` */
  async fill(order: ChunkFilesOrder): Promise<ChunkStore> {
    const { manifest, name, only, force } = order;
    const folder = await this.realFolder(order.folder);
    return this.serial.run(manifest.fileId, async () => {
      const place = this.placeAt(manifest, folder, name);
      if (place.state === 'downloading') throw inUse(folder);
      try {
        await place.begin({ name, only, force });
        if (order.manifestFile) await writeManifestFile(this.host.fs, folder, order);
        return place;
      } catch (error) {
        await (place.chunks.isEmpty ? place.discard() : place.pause());
        throw fileError(error, `cannot write chunk files to ${folder}`);
      }
    });
  }

  private placeAt(manifest: Manifest, folder: string, name: string | undefined): ChunkFilesStore {
    const known = this.files
      .placesOf(manifest.fileId)
      .find((place) => place instanceof ChunkFilesStore && place.target === folder);
    if (known instanceof ChunkFilesStore) return known;
    const place = new ChunkFilesStore(this.host, manifest, { kind: 'chunk-files', folder, name, files: [] });
    this.files.add(place);
    return place;
  }

  private async realFolder(folder: string): Promise<string> {
    if (!isAbsolute(folder)) throw new ShoalError('bad-path', `${folder} is not an absolute path`);
    try {
      const real = await this.host.fs.realpath(folder);
      if ((await this.host.fs.stat(real)).kind === 'folder') return real;
    } catch (error) {
      throw fileError(error, `cannot use the folder ${folder}`);
    }
    throw new ShoalError('bad-path', `${folder} is not a folder`);
  }
}

const inUse = (folder: string): ShoalError =>
  new ShoalError('target-in-use', `a download writes to ${folder} already`, { retry: 'transient' });

const nothingFound = (folder: string, name: string | undefined): ShoalError =>
  new ShoalError('not-found', `no file in ${folder} is a chunk of ${name ?? 'that file'}`, {
    hint: 'Chunks are known by their bytes: is this the manifest file that they were cut with?',
  });
