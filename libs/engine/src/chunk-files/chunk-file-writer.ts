import { join } from 'node:path';
import { ShoalError, type ChunkIndex } from '#core';
import { chunkNamer, fileError, type FileIdentity, type Manifest } from '#chunking';
import { deliver } from '../store/deliver.js';
import type { FileSystem } from '../store/file-system.js';
import { removeFile } from '../store/replace-file.js';
import { checkReplaceable, detailsAt } from '../store/target.js';
import { readChunkFile } from './read-chunk-file.js';
import { temporaryName } from './temporary-name.js';

/** Makes chunk files in a folder, each whole or not at all, under the names that belong to them. */
export class ChunkFileWriter {
  private readonly nameOf: (chunk: ChunkIndex) => string;

  constructor(
    private readonly fs: FileSystem,
    private readonly folder: string,
    private readonly manifest: Manifest,
    name: string,
    private readonly force: boolean,
  ) {
    this.nameOf = chunkNamer(name);
  }

  name(chunk: ChunkIndex): string {
    return this.nameOf(chunk);
  }

  /**
   * The file of a chunk that is there already; undefined when there is none or it may be replaced.
   * @throws ShoalError `target-exists`, `bad-path`
   */
  async existing(chunk: ChunkIndex): Promise<FileIdentity | undefined> {
    const path = join(this.folder, this.name(chunk));
    const details = await detailsAt(this.fs, path);
    if (details === undefined) return undefined;
    if (details.kind === 'file' && details.size === this.manifest.lengthOf(chunk)) {
      const bytes = Buffer.allocUnsafe(details.size);
      const { digestAlgorithm } = this.manifest;
      const digest = await readChunkFile(this.fs, path, details, bytes, digestAlgorithm).catch(
        () => undefined,
      );
      const { device, inode, size, modified } = details;
      if (digest !== undefined && Buffer.compare(digest, this.manifest.digestOf(chunk)) === 0)
        return { device, inode, size, modified };
    }
    checkReplaceable(path, details, this.force);
    return undefined;
  }

  /** Durable but for its name. @throws ShoalError `target-exists`, `disk-full`, `disk-failed`, `not-allowed` */
  async write(chunk: ChunkIndex, bytes: Uint8Array): Promise<FileIdentity> {
    const path = join(this.folder, this.name(chunk));
    try {
      return await this.put(path, bytes);
    } catch (error) {
      throw fileError(error, `cannot write ${path}`);
    }
  }

  private async put(path: string, bytes: Uint8Array): Promise<FileIdentity> {
    const temporary = join(this.folder, temporaryName());
    const file = await this.fs.open(temporary, 'create');
    try {
      await file.write(bytes, 0);
      await file.datasync();
      const { device, inode, size, modified } = await file.stat();
      if (size !== bytes.length) throw new ShoalError('file-changed', `${path} was written to by others`);
      await deliver(this.fs, { path: temporary, inode: { device, inode } }, path, this.force);
      return { device, inode, size, modified };
    } finally {
      await file.close();
      await removeFile(this.fs, temporary);
    }
  }
}
