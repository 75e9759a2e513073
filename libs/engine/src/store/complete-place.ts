import { Bitfield, ShoalError, type ChunkIndex } from '#core';
import { fileError, type Manifest } from '#chunking';
import { checkRead } from './read-range.js';
import type { PlaceRecord } from './record.js';
import { reportTrouble, type Place, type StoreHost } from './store-host.js';

export interface CompleteContent {
  readonly manifest: Manifest;
  readonly path: string;
  readonly name: string | undefined;
  /** See ChunkStore. */
  readonly isFetched?: boolean | undefined;
  /** The place that the catalogue knows, when it is another object: a part file that was delivered. */
  readonly owner?: Place;
}

/** Whole content that is served from where it lies, as long as that looks as it did when it was digested. */
export abstract class CompletePlace implements Place {
  readonly state = 'complete';
  readonly manifest: Manifest;
  readonly chunks: Bitfield;
  readonly wanted: Bitfield;
  readonly path: string;
  readonly target: string;
  readonly name: string | undefined;
  readonly isFetched: boolean;
  abstract readonly sideFiles: readonly string[];
  private readonly owner: Place;

  constructor(
    protected readonly host: StoreHost,
    content: CompleteContent,
  ) {
    this.manifest = content.manifest;
    this.path = content.path;
    this.target = content.path;
    this.name = content.name;
    this.isFetched = content.isFetched === true;
    this.owner = content.owner ?? this;
    this.chunks = Bitfield.full(content.manifest.chunkCount);
    this.wanted = this.chunks;
  }

  async readInto(chunk: ChunkIndex, offset: number, into: Uint8Array): Promise<number> {
    const { position, length } = checkRead(this.manifest, this.chunks, chunk, offset, into);
    try {
      await this.read(into.subarray(0, length), position);
      return length;
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

  async write(): Promise<void> {}

  async checkpoint(): Promise<void> {}

  async publish(): Promise<void> {}

  async pause(): Promise<void> {}

  abstract close(): Promise<void>;

  async discard(): Promise<void> {
    await this.close();
    await this.host.drop(this.owner);
  }

  abstract toRecord(): PlaceRecord;

  /** Fills `into` with bytes that are as they were digested. @throws ShoalError `file-changed`, system errors */
  protected abstract read(into: Uint8Array, position: number): Promise<void>;

  /** @throws ShoalError `file-changed`, system errors */
  protected abstract checkUnchanged(): Promise<void>;

  protected changed(why: string, cause?: unknown): ShoalError {
    if (cause instanceof ShoalError && cause.code === 'file-changed') return cause;
    return new ShoalError('file-changed', `${this.path} is served no more: ${why}`, {
      hint: 'Publish it again if it is to be shared.',
      cause,
    });
  }

  /** What changed or cannot be read is held no more; running out of file handles says nothing about it. */
  private async failed(thrown: unknown): Promise<ShoalError> {
    const error = fileError(thrown, `cannot read ${this.path}`);
    if (error.code === 'limit-exceeded') return error;
    await this.close();
    await this.host
      .drop(this.owner, error.message)
      .catch((trouble: unknown) => reportTrouble(this.host, trouble));
    return error.code === 'disk-failed' ? error : this.changed(error.message, error);
  }
}
