import type { FileId } from '#core';
import type { Manifest, TreeShape } from '#chunking';
import type { FileRef, NameFact } from '#contracts';
import type { Restored } from './restoring.js';

export interface FileVersion {
  readonly name: string;
  /** 1, 2, 3 ... under its name. */
  readonly version: number;
  readonly fileId: FileId;
  readonly size: number;
  readonly sha256: string;
  readonly chunkSize: number;
  readonly chunkCount: number;
  /** Milliseconds since 1970. */
  readonly publishedAt: number;
  /** Only of a tree. */
  readonly tree?: TreeShape | undefined;
  /** A peer gave it back to an emptied Redis; left out of what was published here. */
  readonly restored?: true | undefined;
}

export type PublishOutcome = {
  readonly kind: 'created' | 'new-version' | 'unchanged';
  readonly version: FileVersion;
};

/** Two manifests of one text are the same content, however it is cut. A tree is never the same as a file. */
export const contentKey = ({ sha256, tree }: Pick<FileVersion, 'sha256' | 'tree'>): string =>
  tree === undefined ? sha256 : `tree/${sha256}`;

export interface UnpublishOrder {
  readonly name: string;
  /** Every version when left out. */
  readonly version?: number | undefined;
  /** Peers are to drop what no name points to any more. */
  readonly everywhere: boolean;
  /** The same id gets the answer of the first call, for ten minutes. */
  readonly requestId: string;
  readonly now: number;
}

export interface UnpublishOutcome {
  readonly removed: readonly {
    readonly version: number;
    readonly fileId: FileId;
    /** No name points to this content any more. */
    readonly gone: boolean;
  }[];
  /** What the name points to now; undefined when it is gone. */
  readonly latest: number | undefined;
}

/** For so long a removed name cannot be given back, and a peer that reports a dropped file is told to drop it, milliseconds. */
export const DROPPED_MS = 30 * 24 * 3_600_000;

/** Which files exist. A name points to versions; the latest moves in one atomic step. */
export interface ManifestRegistry {
  /** Stores the manifest and moves the name; `unchanged` when the latest version is the same content: SHA-256 and kind. */
  publish(name: string, manifest: Manifest, now: number): Promise<PublishOutcome>;
  /** The version that a reference means (the latest when it names none); undefined when there is none. */
  resolve(ref: FileRef): Promise<FileVersion | undefined>;
  manifest(fileId: FileId): Promise<Manifest | undefined>;
  /** Removes a name or one version of it in one step; an empty `removed` when there is none. A number is never given twice. */
  unpublish(order: UnpublishOrder): Promise<UnpublishOutcome>;
  /**
   * What peers know of names, given back: only what is not known here is taken, once its manifest comes with it. The outcome
   * does not depend on order or repetition.
   */
  restore(names: readonly NameFact[], manifest: Manifest | undefined, now: number): Promise<Restored>;
  /** Those of the files that peers are to drop. Publishing a file again takes it off this list. */
  dropped(fileIds: readonly FileId[], now: number): Promise<FileId[]>;
  /** Names that match a shell pattern (`*`, `?`), ascending, after `after`, each with all its versions. */
  search(pattern: string, after: string | undefined, limit: number): Promise<FileVersion[][]>;
}
