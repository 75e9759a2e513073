import {
  asShoalError,
  countOf,
  formatDuration,
  jittered,
  ShoalError,
  shortId,
  type ChunkRange,
  type FileId,
  type PeerId,
} from '#core';
import type { LocalEvent } from '#contracts';
import type { DownloadProgress, DownloadResult, EngineEvent } from '#engine';
import type { FoundFile } from './manifest-source.js';
import { DISCARD_PART, type DownloadDone, type DownloadParts, type DownloadWish } from './download-wish.js';
import { StallWatch } from './stall-watch.js';
import type { Turn } from './turns.js';

export type { DownloadDone, DownloadParts, DownloadWish } from './download-wish.js';

const ASK_AGAIN_FIRST_MS = 1_000;
const ASK_AGAIN_MAX_MS = 10_000;

/** One download from the wish to the file: finds it, feeds the engine with sources, tells what happens. */
export class DownloadRun {
  private found: FoundFile | undefined;
  /** The file whose other download comes first. */
  private awaited: FileId | undefined;
  private lastBytes = -1;
  private failedAsks = 0;
  private nextAskAt = 0;
  private asking = false;
  private waitingSaid = false;
  private ended = false;
  private latest: DownloadProgress | undefined;
  private stall: StallWatch | undefined;

  constructor(
    private readonly wish: DownloadWish,
    private readonly parts: DownloadParts,
    private readonly tell: (event: LocalEvent) => void,
    private readonly signal: AbortSignal,
  ) {}

  get fileId(): string | undefined {
    return this.found?.manifest.fileId;
  }
  get progress(): DownloadProgress | undefined {
    return this.latest;
  }

  /** @throws ShoalError; `cancelled` when the signal was raised, `timeout` or `no-holder` when nothing came in time */
  async run(): Promise<DownloadDone> {
    const { timers, now } = this.parts;
    this.stall = new StallWatch(this.wish.timeoutMs, timers, now, (limitMs) => this.onStall(limitMs));
    try {
      const found = await this.find();
      checkRanges(this.wish.only, found);
      const target = await this.wish.target(found);
      const { fileId } = found.manifest;
      // Chunk files of one folder are many targets.
      const patient = this.wish.patient === true || this.wish.chunkFiles !== undefined;
      const turn = this.parts.turns.take({ fileId, target, signal: this.signal, patient });
      try {
        this.awaited = fileId;
        await this.untilTurn(turn);
        this.lastBytes = -1;
        this.found = found;
        await this.sayStarted(found, target);
        return { ...(await this.fetch(found, target)), ...named(found) };
      } finally {
        turn.end();
      }
    } finally {
      this.ended = true;
      this.stall.stop();
    }
  }

  /** Another download of this file comes first; waiting for it can be given up. */
  private async untilTurn({ others }: Turn): Promise<void> {
    if (others === undefined) return;
    this.sayWaiting('another download of this file runs; what it brings is taken from there');
    await Promise.race([others, this.pause()]);
    this.checkSignal();
  }

  /** Events of the engine about this file. */
  handle(event: EngineEvent): void {
    if (this.ended) return;
    if (this.found === undefined) return this.handleBefore(event);
    switch (event.kind) {
      case 'progress':
        for (const progress of event.downloads)
          if (progress.fileId === this.fileId) this.onProgress(progress);
        return;
      case 'starved':
        void this.askForSources(event.exclude);
        return;
      case 'source-lost':
        return this.notice(
          'source-lost',
          `lost source ${event.name} (${shortId(event.peerId)}): ${event.reason}`,
          event,
        );
      case 'source-stalled':
        return this.notice(
          'source-stalled',
          `${event.name} is slow with chunk ${event.chunk + 1}; asking another source`,
          event,
        );
      case 'wrong-bytes':
        return this.notice(
          'wrong-bytes',
          `${event.name} (${shortId(event.peerId)}) sent wrong bytes for chunk ${event.chunk + 1}; thrown away`,
          event,
        );
      case 'held':
      case 'retracted':
      case 'digested':
      case 'neighbours':
      case 'trouble':
        return;
    }
  }

  /** What the download before this one brings is no stall of this one. */
  private handleBefore(event: EngineEvent): void {
    if (event.kind !== 'progress') return;
    const before = event.downloads.find(({ fileId }) => fileId === this.awaited);
    if (before === undefined || before.bytes === this.lastBytes) return;
    this.lastBytes = before.bytes;
    this.stall?.moved();
  }

  private async find(): Promise<FoundFile> {
    for (let failures = 0; ; failures++) {
      this.checkSignal();
      try {
        return await this.parts.manifests.find(this.wish.file);
      } catch (error) {
        const problem = asShoalError(error);
        if (problem.retry === 'permanent') throw problem;
        if (failures === 0)
          this.notice('anchor-away', `no anchor answers (${problem.message}); trying again`);
        await this.pause(Math.min(ASK_AGAIN_MAX_MS, ASK_AGAIN_FIRST_MS * 2 ** failures));
      }
    }
  }

  /** A dead engine is restarted by its host; the download goes on from what is on disk. */
  private async fetch(found: FoundFile, target: string): Promise<DownloadResult> {
    let sources = found.sources;
    for (;;) {
      this.checkSignal();
      const cancel = (): void =>
        void this.parts.engine
          .cancelDownload(found.manifest.fileId, this.signal.reason !== DISCARD_PART)
          .catch(() => undefined);
      this.signal.addEventListener('abort', cancel, { once: true });
      try {
        return await this.parts.engine.download({
          manifest: found.manifest,
          ...(found.name === undefined ? {} : { name: found.name }),
          target,
          force: this.wish.force,
          ...(this.wish.only === undefined ? {} : { only: this.wish.only }),
          ...(this.wish.chunkFiles === undefined ? {} : { chunkFiles: this.wish.chunkFiles }),
          sources,
          ...(this.wish.maxDownRate === undefined ? {} : { downRate: this.wish.maxDownRate }),
          ...(this.wish.priority === undefined ? {} : { priority: this.wish.priority }),
        });
      } catch (error) {
        this.checkSignal();
        const problem = asShoalError(error);
        if (problem.code !== 'engine-down') throw problem;
        this.notice('source-stalled', 'the engine process ended; starting it again');
        await this.pause(ASK_AGAIN_FIRST_MS / 2);
        sources = await this.parts.manifests.moreSources(found.manifest.fileId, []).catch(() => sources);
      } finally {
        this.signal.removeEventListener('abort', cancel);
      }
    }
  }

  private onProgress(progress: DownloadProgress): void {
    this.latest = progress;
    if (progress.bytes !== this.lastBytes) {
      // The first one says where it begins: nothing has arrived yet.
      if (this.lastBytes >= 0) this.waitingSaid = false;
      this.lastBytes = progress.bytes;
      this.stall?.moved();
      this.failedAsks = 0;
    }
    const { bytes, size, chunks, chunkCount, rate, sources } = progress;
    this.tell({ event: 'progress', bytes, size, chunks, chunkCount, rate, sources });
  }

  /** Asks the anchors for other holders, less and less often while there are none. */
  private async askForSources(exclude: readonly PeerId[]): Promise<void> {
    const { now, engine, manifests, random } = this.parts;
    if (this.found === undefined || this.asking || now() < this.nextAskAt) return;
    this.asking = true;
    const { fileId } = this.found.manifest;
    try {
      const sources = await manifests.moreSources(fileId, exclude);
      if (sources.length > 0 && !this.ended) await engine.addSources(fileId, sources);
      this.failedAsks = sources.length > 0 ? 0 : this.failedAsks + 1;
      if (sources.length === 0)
        this.sayWaiting('no holder of the missing chunks can be asked; waiting for one');
    } catch (error) {
      this.failedAsks++;
      this.sayWaiting(`cannot ask for other sources: ${asShoalError(error).message}`);
    } finally {
      this.asking = false;
      const delay = Math.min(ASK_AGAIN_MAX_MS, ASK_AGAIN_FIRST_MS * 2 ** this.failedAsks);
      this.nextAskAt = now() + jittered(delay, 0.3, random);
    }
  }

  private sayWaiting(message: string): void {
    if (this.waitingSaid) return;
    this.waitingSaid = true;
    this.notice('waiting', message);
  }

  private async sayStarted(found: FoundFile, path: string): Promise<void> {
    const { fileId, size, chunkSize } = found.manifest;
    const chunkCount = Math.ceil(size / chunkSize);
    this.tell({
      event: 'started',
      fileId,
      size,
      chunkCount,
      path,
      resumed: await this.heldOf(fileId),
      ...named(found),
    });
    if (found.sources.length === 0 && chunkCount > 0) this.sayWaiting('no holder is alive; waiting for one');
  }

  /** Chunks that are on disk before anything is fetched. */
  private async heldOf(fileId: FileId): Promise<number> {
    const held = await this.parts.engine.holdings().catch(() => []);
    return countOf(held.find((file) => file.fileId === fileId)?.ranges ?? []);
  }

  private notice(
    kind: Extract<LocalEvent, { event: 'notice' }>['kind'],
    message: string,
    about: { readonly peerId?: PeerId; readonly chunk?: number } = {},
  ): void {
    const { peerId, chunk } = about;
    this.tell({
      event: 'notice',
      kind,
      message,
      ...(peerId === undefined ? {} : { peerId }),
      ...(chunk === undefined ? {} : { chunk }),
    });
  }

  private timedOut: ShoalError | undefined;

  private onStall(limitMs: number): void {
    const code = this.latest === undefined || this.latest.sources === 0 ? 'no-holder' : 'timeout';
    this.timedOut = new ShoalError(code, `no byte has arrived for ${formatDuration(limitMs)}`, {
      hint: 'Look at `shoal search` for live holders, or wait longer with --timeout.',
    });
    this.wakePause?.();
    if (this.found === undefined) return;
    void this.parts.engine.cancelDownload(this.found.manifest.fileId, true).catch(() => undefined);
  }

  private wakePause: (() => void) | undefined;

  /** Until the time is over, or the download is given up; without a time only that. */
  private pause(milliseconds?: number): Promise<void> {
    const { timers, random } = this.parts;
    return new Promise((resolve) => {
      const stop =
        milliseconds === undefined
          ? () => undefined
          : timers.after(jittered(milliseconds, 0.3, random), () => wake());
      const wake = (): void => {
        stop();
        this.signal.removeEventListener('abort', wake);
        this.wakePause = undefined;
        resolve();
      };
      this.wakePause = wake;
      this.signal.addEventListener('abort', wake, { once: true });
    });
  }

  private checkSignal(): void {
    if (this.timedOut !== undefined) throw this.timedOut;
    if (this.signal.aborted) throw new ShoalError('cancelled', 'the download was cancelled');
  }
}

const HINTS: readonly string[] = ['It is an empty file.', 'Its only chunk is the whole file.'];
const countOfChunks = (count: number): string => `${count} ${count === 1 ? 'chunk' : 'chunks'}`;

const checkRanges = (only: readonly ChunkRange[] | undefined, { manifest, name }: FoundFile): void => {
  const chunkCount = Math.ceil(manifest.size / manifest.chunkSize);
  const last = Math.max(0, ...(only ?? []).map(({ end }) => end));
  if (last <= chunkCount) return;
  throw new ShoalError(
    'chunk-out-of-range',
    `${name ?? shortId(manifest.fileId)} has ${countOfChunks(chunkCount)}, there is no chunk ${last}`,
    { hint: HINTS[chunkCount] ?? `Choose from 1-${chunkCount}.` },
  );
};

const named = (found: FoundFile): { name?: string; version?: number } => ({
  ...(found.name === undefined ? {} : { name: found.name }),
  ...(found.version === undefined ? {} : { version: found.version }),
});
