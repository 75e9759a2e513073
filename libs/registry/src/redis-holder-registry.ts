import { Bitfield, ShoalError, type Clock, type FileId, type PeerId, type Random } from '#core';
import { holdingsDigest, type HeldFile } from '#contracts';
import { patchesOf } from './held-patch.js';
import type {
  FileHolder,
  HolderCounts,
  HolderMoment,
  HolderOutcome,
  HolderQuery,
  HolderRegistry,
  ReleaseResult,
} from './holder-registry.js';
import type { InventorySweeper } from './inventory-sweeper.js';
import { redisKey } from './keys.js';
import { peerFromFields } from './peer-fields.js';
import { list, numberIn, text, type Argument, type Reply, type ScriptRunner } from './script.js';
import { ACKNOWLEDGE, REPORT, RETRACT } from './scripts/holder-changes.lua.js';
import { RELEASE } from './scripts/release.lua.js';
import { FILE_COUNTS, HELD, HOLDERS } from './scripts/holder-reads.lua.js';

/** How much is kept of each peer to put late messages in order; what no longer fits costs a report, never the truth. */
export interface HolderMemory {
  /** Acknowledgements. */
  readonly journalEntries: number;
  /** Bytes of one of them. */
  readonly journalEntryBytes: number;
  /** Files with a retraction since the last report. */
  readonly retractions: number;
}

const MEMORY: HolderMemory = { journalEntries: 16, journalEntryBytes: 1_024, retractions: 1_000 };

/** Holders in Redis. How messages that come late, twice or out of order are put right is told in NOTES.md. */
export class RedisHolderRegistry implements HolderRegistry {
  constructor(
    private readonly scripts: ScriptRunner,
    private readonly sweeper: InventorySweeper,
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly memory: HolderMemory = MEMORY,
  ) {}

  async acknowledge(moment: HolderMoment, files: readonly HeldFile[]): Promise<HolderOutcome> {
    const { journalEntries, journalEntryBytes } = this.memory;
    const limits = [journalEntries, journalEntryBytes];
    return outcome(
      await this.scripts.run(ACKNOWLEDGE, ...momentArguments(moment), ...limits, ...patchesOf(files)),
    );
  }

  async retract(moment: HolderMoment, files: readonly FileId[]): Promise<HolderOutcome> {
    return outcome(
      await this.scripts.run(RETRACT, ...momentArguments(moment), this.memory.retractions, ...files),
    );
  }

  async report(
    moment: HolderMoment,
    part: number,
    parts: number,
    files: readonly HeldFile[],
  ): Promise<HolderOutcome> {
    checkPart(part, parts);
    const place = [part, parts, this.clock.now()];
    const reply = await this.scripts.run(REPORT, ...momentArguments(moment), ...place, ...patchesOf(files));
    this.sweeper.kick();
    return outcome(reply);
  }

  async release(moment: HolderMoment, file: HeldFile): Promise<ReleaseResult> {
    const patch = patchesOf([file]);
    if (patch.length === 0) return { outcome: 'ignored', released: true };
    const limits = [this.memory.retractions];
    const reply = list(await this.scripts.run(RELEASE, ...momentArguments(moment), ...limits, ...patch));
    return { outcome: outcome(reply[0] as Reply), released: reply[1] === 1 };
  }

  async holders(fileId: FileId, query: HolderQuery): Promise<FileHolder[]> {
    if (query.limit <= 0) return [];
    const seed = this.random() * 2 ** 31;
    const reply = await this.scripts.run(
      HOLDERS,
      fileId,
      query.limit,
      seed,
      query.chunk ?? '',
      ...query.exclude,
    );
    return list(reply).map(holderIn);
  }

  async counts(fileIds: readonly FileId[]): Promise<HolderCounts[]> {
    const key = (stem: 'full' | 'part', fileId: FileId): string =>
      redisKey(this.scripts.prefix, stem, fileId);
    const live = redisKey(this.scripts.prefix, 'live');
    return this.scripts.connection.call(async (client) => {
      const both = fileIds.map(async (fileId) => {
        const seeders = client.sintercard(2, key('full', fileId), live);
        const partial = client.sintercard(2, key('part', fileId), live);
        const [complete, some] = await Promise.all([seeders, partial]);
        return { holders: complete + some, seeders: complete };
      });
      return Promise.all(both);
    });
  }

  async digest(peerId: PeerId): Promise<string> {
    const held = list(await this.scripts.run(HELD, peerId)).map(text);
    const pairs: [FileId, number][] = [];
    for (let at = 0; at < held.length; at += 2) {
      pairs.push([held[at] as FileId, Number.parseInt(held[at + 1] as string, 10)]);
    }
    return holdingsDigest(pairs);
  }

  async fileCounts(peerIds: readonly PeerId[]): Promise<number[]> {
    return list(await this.scripts.run(FILE_COUNTS, ...peerIds)).map(numberIn);
  }
}

const momentArguments = ({ peerId, incarnation, sequence }: HolderMoment): Argument[] => [
  peerId,
  incarnation,
  sequence,
];

const checkPart = (part: number, parts: number): void => {
  if (!Number.isInteger(part) || part < 0 || part >= parts) {
    throw new ShoalError('bad-message', `a report has no part ${part} of ${parts}`);
  }
};

const outcome = (reply: Reply): HolderOutcome => text(reply) as HolderOutcome;

const holderIn = (reply: Reply): FileHolder => {
  const [peerId, fields, held, bits] = list(reply);
  const chunkCount = Number(text(held).split('/')[1]);
  return {
    peer: peerFromFields(text(peerId) as PeerId, list(fields)),
    chunks: chunksIn(chunkCount, bits as Buffer),
  };
};

/** Redis keeps a bitmap only up to its last set byte, and none for a whole file. */
const chunksIn = (chunkCount: number, bits: Buffer): Bitfield => {
  if (bits.length === 0) return Bitfield.full(chunkCount);
  const bytes = Buffer.alloc((chunkCount + 7) >> 3);
  bits.copy(bytes);
  return Bitfield.fromBytes(chunkCount, bytes);
};
