import { mkdir, readdir, realpath, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { countOf, formatSize, ShoalError, type FileId } from '#core';
import type { LocalEvent, StorageOffer, StoreCommand } from '#contracts';
import type { PlaceInfo } from '#engine';
import type { DownloadDone } from '../download-run.js';
import type { Downloads } from '../downloads.js';
import type { EngineHost } from '../ports.js';
import type { Releases } from './releases.js';
import { offerOf } from './storage-cap.js';

export interface PlacedStorageParts {
  readonly folder: string;
  /** Undefined: this peer is no place for files. */
  readonly max: number | 'default' | undefined;
  readonly engine: Pick<EngineHost, 'placesIn'>;
  readonly downloads: Downloads;
  readonly releases: Pick<Releases, 'giveUp'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** What is offered has changed. */
  readonly changed: () => void;
  /** Bytes that are free on the disk of the folder. */
  readonly disk?: (folder: string) => Promise<number>;
}

export interface PlacedStatus extends StorageOffer {
  readonly bytes: number;
  readonly files: number;
}

/**
 * What the network placed on this peer: chunks in a folder of their own, never more than the cap. Room for new ones is made
 * by giving up the least recently used of them; a file of the user is never touched.
 */
export class PlacedStorage {
  private current: PlacedStatus | undefined;
  /** Bytes promised to orders that run. */
  private readonly promised = new Map<string, number>();
  /** When each file was placed, milliseconds since 1970. */
  private readonly placedAt = new Map<FileId, number>();
  private making: Promise<unknown> = Promise.resolve();
  private folder: string;

  constructor(private readonly parts: PlacedStorageParts) {
    this.folder = parts.folder;
  }

  /** What others may place here now; undefined for a peer that is no place for files. */
  get offer(): StorageOffer | undefined {
    return this.current === undefined ? undefined : { max: this.current.max, free: this.current.free };
  }

  get status(): PlacedStatus | undefined {
    return this.current;
  }

  /** The engine is up: finds what lies here, and removes what nobody knows of. */
  async begin(): Promise<void> {
    if (this.parts.max === undefined) return;
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    this.folder = await realpath(this.folder);
    const places = await this.places();
    for (const { fileId, path } of places) this.placedAt.set(fileId, (await writtenAt(path)) ?? 0);
    const known = new Set(places.flatMap(({ path, target }) => [path, target]));
    for (const name of await readdir(this.folder)) {
      const path = join(this.folder, name);
      if (!known.has(path)) await rm(path, { force: true });
    }
    await this.measure();
  }

  /**
   * Keeps chunks of a file. @throws ShoalError `not-allowed` (nothing may be placed here), `disk-full` that says how much is
   * missing
   */
  async keep(
    command: StoreCommand,
    tell: (event: LocalEvent) => void,
    signal: AbortSignal,
  ): Promise<DownloadDone> {
    if (this.parts.max === undefined || this.parts.max === 0) {
      throw new ShoalError('not-allowed', 'this peer keeps nothing for others', {
        hint: 'Start it with --storage-max 10GiB if it should.',
      });
    }
    const { fileId, commandId } = command;
    const only = command.ranges.map(([start, end]) => ({ start, end }));
    const target = join(this.folder, fileId);
    try {
      const done = await this.parts.downloads.run(
        {
          file: { fileId },
          only,
          force: false,
          patient: true,
          target: async ({ manifest: { chunkSize, size } }) => {
            await this.reserve(commandId, fileId, Math.min(size, countOf(only) * chunkSize));
            return target;
          },
        },
        tell,
        signal,
      );
      this.placedAt.set(fileId, this.parts.now());
      return done;
    } finally {
      this.promised.delete(commandId);
      await this.measure();
    }
  }

  /** Gives up the least recently used until no more than the cap is here, if it can be. */
  async trim(): Promise<void> {
    await this.inOrder(() => this.makeRoom(0, undefined));
    await this.measure();
  }

  /** A file was removed everywhere and is shared no more: its bytes go at once. */
  async drop(fileId: FileId): Promise<void> {
    if (this.parts.max === undefined) return;
    await this.inOrder(() => rm(join(this.folder, fileId), { recursive: true, force: true }));
    this.placedAt.delete(fileId);
    await this.measure();
  }

  private reserve(commandId: string, fileId: FileId, bytes: number): Promise<void> {
    return this.inOrder(async () => {
      const here = (await this.places()).find((place) => place.fileId === fileId)?.bytes ?? 0;
      const needed = Math.max(0, bytes - here);
      const missing = await this.makeRoom(needed, fileId);
      if (missing > 0) {
        throw new ShoalError(
          'disk-full',
          `${formatSize(needed)} do not fit among what this peer keeps for others: ${formatSize(missing)} are missing`,
          { hint: 'Raise its --storage-max, free disk space, or start more peers.' },
        );
      }
      this.promised.set(commandId, needed);
    });
  }

  /** Bytes that are missing in spite of all that could be given up. */
  private async makeRoom(needed: number, keep: FileId | undefined): Promise<number> {
    const { downloads, releases } = this.parts;
    const candidates = this.leastRecentlyUsed(await this.places());
    for (;;) {
      const missing = needed - (await this.room());
      if (missing <= 0) return 0;
      const place = candidates.shift();
      if (place === undefined) return missing;
      const { fileId } = place;
      if (fileId === keep || place.busy || downloads.isBusy(fileId)) continue;
      await downloads.inTurn(fileId, place.target, () => releases.giveUp(place));
    }
  }

  /** Below 0 when there is more here than the cap. */
  private async room(): Promise<number> {
    const { max, bytes, disk } = await this.measure();
    const promised = [...this.promised.values()].reduce((sum, each) => sum + each, 0);
    return Math.min(max - bytes, disk) - promised;
  }

  private async measure(): Promise<PlacedStatus & { readonly disk: number }> {
    const max = this.parts.max ?? 0;
    const [places, disk] = await Promise.all([this.places(), (this.parts.disk ?? freeOnDisk)(this.folder)]);
    const bytes = places.reduce((sum, place) => sum + place.bytes, 0);
    const before = this.current;
    this.current = { bytes, files: places.length, ...offerOf({ max, placed: bytes, disk }) };
    if (this.parts.max === undefined) this.current = undefined;
    if (before?.bytes !== bytes) this.parts.changed();
    return { bytes, files: places.length, ...offerOf({ max, placed: bytes, disk }), disk };
  }

  /** Being placed counts as a use. */
  private leastRecentlyUsed(places: readonly PlaceInfo[]): PlaceInfo[] {
    const used = ({ fileId, usedAt }: PlaceInfo): number =>
      Math.max(usedAt ?? 0, this.placedAt.get(fileId) ?? 0);
    return places.toSorted((a, b) => used(a) - used(b));
  }

  private places(): Promise<readonly PlaceInfo[]> {
    return this.parts.engine.placesIn(this.folder);
  }

  /** Two orders must not count the same room. */
  private inOrder<T>(task: () => Promise<T>): Promise<T> {
    const result = this.making.then(task);
    this.making = result.catch(() => undefined);
    return result;
  }
}

const writtenAt = (path: string): Promise<number | undefined> =>
  stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );

const freeOnDisk = async (folder: string): Promise<number> => {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
};
