import type { FileId, PeerId } from '#core';
import type { EngineEvent, SourceAddress } from '../control.js';
import { ENGINE_LIMITS } from '../engine-limits.js';

/** What the control plane hears about the sources of one download. */
export class SourceReports {
  private starvedAt = -Infinity;

  constructor(
    private readonly fileId: FileId,
    private readonly emit: (event: EngineEvent) => void,
  ) {}

  lost({ peerId, incarnation, name }: SourceAddress, unreachable: boolean, reason: string): void {
    this.emit({ kind: 'source-lost', fileId: this.fileId, peerId, incarnation, name, unreachable, reason });
  }

  stalled({ peerId, name }: SourceAddress, chunk: number): void {
    this.emit({ kind: 'source-stalled', fileId: this.fileId, peerId, name, chunk });
  }

  wrongBytes({ peerId, incarnation, name }: SourceAddress, chunk: number): void {
    this.emit({ kind: 'wrong-bytes', fileId: this.fileId, peerId, incarnation, name, chunk });
  }

  /** At most once a second, however often it is called. */
  starved(exclude: readonly PeerId[], now: number): void {
    if (now - this.starvedAt < ENGINE_LIMITS.starvedMs) return;
    this.starvedAt = now;
    this.emit({ kind: 'starved', fileId: this.fileId, exclude });
  }
}
