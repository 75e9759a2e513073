import type { Random } from '#core';
import type { SourceId } from './decision.js';
import type { DownloadSettings } from './settings.js';

interface Record {
  strikes: number;
  goodInARow: number;
  bannedUntil: number;
}

/**
 * Who sent wrong bytes. A chunk comes whole from one source, so the blame is exact. The first wrong chunk puts a source on
 * parole (one chunk at a time) until enough good ones came; the second bans it, for a random time so that a
 * swarm does not forgive all at once. A record outlives the connection; what served its ban starts on parole.
 */
export class Blame {
  private readonly records = new Map<SourceId, Record>();

  constructor(
    private readonly settings: DownloadSettings,
    private readonly random: Random,
  ) {}

  /** The length of the ban; undefined when it is parole. */
  wrongChunk(id: SourceId, now: number): number | undefined {
    const record = this.records.get(id) ?? { strikes: 0, goodInARow: 0, bannedUntil: 0 };
    this.records.delete(id);
    this.records.set(id, record);
    this.forgetOldest();
    record.goodInARow = 0;
    record.strikes++;
    if (record.strikes < 2) return undefined;
    const ban = between(this.settings.banMs, this.random);
    record.bannedUntil = now + ban;
    return ban;
  }

  goodChunk(id: SourceId): void {
    const record = this.records.get(id);
    if (record !== undefined) record.goodInARow++;
  }

  isOnParole(id: SourceId): boolean {
    const record = this.records.get(id);
    return record !== undefined && record.goodInARow < this.settings.paroleChunks;
  }

  /** Milliseconds of ban left; 0 when it is not banned. */
  banLeft(id: SourceId, now: number): number {
    return Math.max(0, (this.records.get(id)?.bannedUntil ?? 0) - now);
  }

  private forgetOldest(): void {
    if (this.records.size <= this.settings.offendersMax) return;
    for (const id of this.records.keys()) {
      this.records.delete(id);
      return;
    }
  }
}

export const between = ([least, most]: readonly [number, number], random: Random): number =>
  Math.round(least + (most - least) * random());
