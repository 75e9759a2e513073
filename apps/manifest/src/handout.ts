import { SharedRun, ShoalError, type FileId, type PeerId } from '#core';
import { chunkCountOf } from '#chunking';
import {
  formatFileRef,
  MESSAGE_LIMITS,
  type FileRef,
  type Holder,
  type ReceivedRequest,
  type ReplyBody,
} from '#contracts';
import type {
  FileHolder,
  FileVersion,
  HolderCounts,
  HolderRegistry,
  ManifestRegistry,
  PeerRegistry,
} from '#registry';
import { mixHandout, nearness } from '#swarm';
import { Candidates } from './candidates.js';

type GetRequest = ReceivedRequest<'manifest.get'>;

/** What a file is, and who has it now. */
export class Handout {
  private readonly version = new SharedRun((ref) => this.resolve(JSON.parse(ref) as FileRef));
  private readonly document = new SharedRun(async (fileId) =>
    (await this.manifests.manifest(fileId as FileId))?.toDocument(),
  );
  private readonly candidates: Candidates;
  private readonly counts = new SharedRun(
    async (fileId) => (await this.holders.counts([fileId as FileId]))[0] as HolderCounts,
  );

  constructor(
    private readonly manifests: ManifestRegistry,
    private readonly holders: HolderRegistry,
    private readonly peers: PeerRegistry,
  ) {
    this.candidates = new Candidates(holders);
  }

  /** @throws ShoalError `not-found`, `chunk-out-of-range` */
  async get(request: GetRequest): Promise<ReplyBody<'manifest.get'>> {
    const version = await this.version.of(JSON.stringify(request.file));
    const { fileId, size, chunkCount } = version;
    checkChunk(request.chunk, chunkCount);
    const [manifest, holders, counts] = await Promise.all([
      request.withManifest ? this.document.of(fileId) : undefined,
      this.holdersFor(request, version),
      this.counts.of(fileId),
    ]);
    return {
      ...(version.name === undefined ? {} : { name: version.name }),
      ...(version.version === undefined ? {} : { version: version.version }),
      ...(version.publishedAt === undefined ? {} : { publishedAt: version.publishedAt }),
      fileId,
      size,
      chunkCount,
      ...(manifest === undefined ? {} : { manifest }),
      holders,
      holderCount: counts.holders,
      seederCount: counts.seeders,
    };
  }

  private async holdersFor(
    request: GetRequest,
    { fileId, chunkCount }: Pick<FileVersion, 'fileId' | 'chunkCount'>,
  ): Promise<Holder[]> {
    if (request.holders === 0) return [];
    const exclude = new Set(request.exclude);
    if (request.asker !== undefined) exclude.add(request.asker);
    const chunk = request.chunk === undefined ? {} : { chunk: request.chunk };
    const [labels, found] = await Promise.all([
      this.labelsOf(request.asker),
      this.candidates.of(fileId, { limit: request.holders, exclude, ...chunk }),
    ]);
    // Who counts other chunks than the manifest does not hold this file, whatever it says.
    const candidates = found
      .filter(({ chunks }) => chunks.length === chunkCount)
      .map((holder) => ({
        holder,
        complete: holder.chunks.isFull,
        nearness: nearness(labels, holder.peer.labels),
      }));
    const chosen = mixHandout(candidates, request.holders);
    const rangesMax = Math.min(MESSAGE_LIMITS.rangesPerFile, Math.floor(RANGES_MAX / chosen.length));
    return chosen.map(({ holder }) => toHolder(holder, rangesMax));
  }

  private async labelsOf(asker: PeerId | undefined): Promise<Readonly<Record<string, string>>> {
    const [peer] = asker === undefined ? [] : await this.peers.find([asker]);
    return peer?.labels ?? {};
  }

  /** By name; or by content, also when no name points to it any more. */
  private async resolve(
    ref: FileRef,
  ): Promise<
    Pick<FileVersion, 'fileId' | 'size' | 'chunkCount'> &
      Partial<Pick<FileVersion, 'name' | 'version' | 'publishedAt'>>
  > {
    const version = await this.manifests.resolve(ref);
    if (version !== undefined) return version;
    const manifest = 'fileId' in ref ? await this.manifests.manifest(ref.fileId) : undefined;
    if (manifest !== undefined) {
      const { fileId, size, chunkSize } = manifest;
      return { fileId, size, chunkCount: chunkCountOf(size, chunkSize) };
    }
    throw new ShoalError('not-found', `no file is called ${formatFileRef(ref)}`, {
      hint: 'Look at `shoal search "*"` for what there is.',
    });
  }
}

const checkChunk = (chunk: number | undefined, chunkCount: number): void => {
  if (chunk === undefined || chunk < chunkCount) return;
  throw new ShoalError(
    'chunk-out-of-range',
    `the file has ${chunkCount} chunks, there is no chunk ${chunk + 1}`,
  );
};

/** Runs of chunks in one reply, over all holders: about 200 KiB. */
const RANGES_MAX = 16_384;

/** At most so many runs of chunks, the first ones: who downloads from it hears of all of them from the peer itself. */
const toHolder = ({ peer, chunks }: FileHolder, rangesMax: number): Holder => {
  const { peerId, incarnation, name, address, labels } = peer;
  const whole = { peerId, incarnation, name, address, labels: { ...labels } };
  if (chunks.isFull) return whole;
  const ranges = chunks.toRanges().slice(0, rangesMax);
  return { ...whole, ranges: ranges.map(({ start, end }) => [start, end]) };
};
