import type { Bitfield, FileId } from '#core';
import type { ActiveSend } from './active-send.js';
import type { Session } from './session.js';

/** The file that a downloader opened on a connection. */
export interface OpenedFile {
  readonly fileId: FileId;
  /** What the downloader holds, as far as it told on this connection. */
  readonly has: Bitfield;
  /** It downloads for itself, so what it has can be had from it. */
  readonly downloads: boolean;
  readonly priority: number;
}

/** One connection that somebody dialled to download from here. */
export class UploadLink {
  /** Its name in the upload queue. */
  readonly conn: string;
  opened: OpenedFile | undefined;
  /** Chunks that are being sent or wait for their turn. */
  readonly sends = new Map<number, ActiveSend>();
  /** Chunks that were begun and neither acknowledged nor cancelled. */
  readonly unacknowledged = new Set<number>();
  private turn: Promise<unknown> = Promise.resolve();

  constructor(readonly session: Session) {
    this.conn = String(session.id);
  }

  /** One chunk at a time is on a connection, so that it comes whole and early. */
  inTurn<T>(task: () => Promise<T>): Promise<T> {
    const done = this.turn.then(task);
    this.turn = done.catch(() => undefined);
    return done;
  }

  stopSends(): void {
    for (const send of this.sends.values()) send.raise();
    this.sends.clear();
    this.unacknowledged.clear();
  }
}
