import type { ChunkRange, Random } from '#core';
import type { FileRef } from '#contracts';
import type { DownloadOrder, DownloadResult } from '#engine';
import type { FoundFile, ManifestSource } from './manifest-source.js';
import type { EngineHost, Timers } from './ports.js';
import type { Turns } from './turns.js';

/** The reason of a signal that ends a download and has what it brought deleted; with any other, that is kept. */
export const DISCARD_PART = 'discard the part';

export interface DownloadWish {
  readonly file: FileRef;
  /** Absolute path; for a folder the published name is added by `target`. */
  readonly target: (found: FoundFile) => Promise<string>;
  readonly force: boolean;
  /** Only these chunks; all when left out. */
  readonly only?: readonly ChunkRange[] | undefined;
  /** A file for every chunk; the target is then a folder. */
  readonly chunkFiles?: DownloadOrder['chunkFiles'] | undefined;
  readonly maxDownRate?: number | undefined;
  /** Its weight where bandwidth is shared; the default of all when left out. */
  readonly priority?: number | undefined;
  /** Fail when no byte has arrived for so long; wait for ever when left out. */
  readonly timeoutMs?: number | undefined;
  /** When another download to the same target runs, wait for it and take what it brought; else that is an error. */
  readonly patient?: boolean | undefined;
}

export interface DownloadDone extends DownloadResult {
  readonly name?: string;
  readonly version?: number;
}

export interface DownloadParts {
  readonly engine: EngineHost;
  readonly manifests: ManifestSource;
  readonly timers: Timers;
  readonly now: () => number;
  readonly random: Random;
  /** Of all downloads of this peer. */
  readonly turns: Turns;
}
