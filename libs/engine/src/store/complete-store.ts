import { Bitfield, ShoalError, type ChunkIndex } from '#core';
import { fileError, sameFile, systemCode, type FileIdentity, type Manifest } from '#chunking';
import { checkRead } from './read-range.js';
import type { PlaceRecord } from './record.js';
import { reportTrouble, type Place, type StoreHost } from './store-host.js';

export interface CompleteFile {
  readonly manifest: Manifest;
  readonly path: string;
  readonly name: string | undefined;
  readonly identity: FileIdentity;
  /** The place that the catalogue knows, when it is another object: a part file that was delivered. */
  readonly owner?: Place;
}

/** A whole file that is served from where it lies, as long as it looks as it did when it was digested. */
export class CompleteStore implements Place {
  readonly state = 'complete';
  readonly sideFiles = [];
  readonly manifest: Manifest;
  readonly chunks: Bitfield;
  readonly wanted: Bitfield;
  readonly path: string;
  readonly target: string;
  readonly name: string | undefined;
  readonly identity: FileIdentity;
  private readonly owner: Place;

  constructor(
    private readonly host: StoreHost,
    file: CompleteFile,
  ) {
    this.manifest = file.manifest;
    this.path = file.path;
    this.target = file.path;
    this.name = file.name;
    this.identity = file.identity;
    this.owner = file.owner ?? this;
    this.chunks = Bitfield.full(file.manifest.chunkCount);
    this.wanted = this.chunks;
  }

  async readInto(chunk: ChunkIndex, offset: number, into: Uint8Array): Promise<number> {
    const { position, length } = checkRead(this.manifest, this.chunks, chunk, offset, into);
    const target = into.subarray(0, length);
    try {
      const read = await this.host.openFiles.use(this.path, (file) => file.read(target, position));
      await this.checkUnchanged();
      if (read < length) throw this.changed('it is shorter than it was');
      return read;
    } catch (error) {
      throw await this.failed(error);
    }
  }

  async isInPlace(): Promise<boolean> {
    try {
      await this.checkUnchanged();
      return true;
    } catch (error) {
      await this.failed(error);
      return false;
    }
  }

  private async checkUnchanged(): Promise<void> {
    const now = await this.host.fs.stat(this.path).catch((error: unknown) => {
      throw systemCode(error) === 'ENOENT' ? this.changed('it was moved or deleted') : error;
    });
    if (!sameFile(this.identity, now)) throw this.changed(difference(this.identity, now));
  }

  async write(): Promise<void> {}

  async checkpoint(): Promise<void> {}

  async publish(): Promise<void> {}

  async pause(): Promise<void> {}

  async close(): Promise<void> {
    await this.host.openFiles.drop(this.path);
  }

  async discard(): Promise<void> {
    await this.close();
    await this.host.drop(this.owner);
  }

  toRecord(): PlaceRecord {
    return { kind: 'complete', path: this.path, name: this.name, identity: this.identity };
  }

  /** A file that changed or cannot be read is held no more; running out of file handles says nothing about it. */
  private async failed(thrown: unknown): Promise<ShoalError> {
    const error = fileError(thrown, `cannot read ${this.path}`);
    if (error.code === 'limit-exceeded') return error;
    await this.close();
    await this.host
      .drop(this.owner, error.message)
      .catch((trouble: unknown) => reportTrouble(this.host, trouble));
    return error.code === 'disk-failed' ? error : this.changed(error.message, error);
  }

  private changed(why: string, cause?: unknown): ShoalError {
    if (cause instanceof ShoalError && cause.code === 'file-changed') return cause;
    return new ShoalError('file-changed', `${this.path} is served no more: ${why}`, {
      hint: 'Publish it again if it is to be shared.',
      cause,
    });
  }
}

const difference = (before: FileIdentity, now: FileIdentity): string => {
  if (before.device !== now.device || before.inode !== now.inode) return 'another file took its place';
  if (before.size !== now.size) return `its size went from ${before.size} to ${now.size} bytes`;
  return 'it was written to';
};
