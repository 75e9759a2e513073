import { ShoalError, type Bitfield, type ChunkRange, type FileId, type PeerId } from '#core';
import type { Candidate } from '#swarm';
import type { Message, Open, RefuseReason } from '#wire';
import type { SourceAddress } from '../control.js';
import { ENGINE_LIMITS } from '../engine-limits.js';
import type { ChunkIntake } from './chunk-intake.js';
import type { Session, SessionOwner } from './session.js';

export type SourceCandidate = Candidate<SourceAddress>;

/** What a source says of itself. */
export interface Announcement {
  readonly granting: boolean;
  readonly field: Bitfield;
}

/** What happens at a source, for the download. Throwing a ShoalError ends the connection with that reason. */
export interface SourceEvents {
  opening(link: SourceLink): Open;
  opened(link: SourceLink, announcement: Announcement): void;
  announced(link: SourceLink, announcement: Announcement): void;
  have(link: SourceLink, ranges: readonly ChunkRange[]): void;
  none(link: SourceLink): void;
  refused(link: SourceLink, chunk: number, reason: RefuseReason): void;
  received(link: SourceLink, bytes: number): void;
  /** Nothing to do with this file's chunks. */
  other(session: Session, message: Message): void;
  /** Called once; the link is over. */
  ended(link: SourceLink, reason: ShoalError): void;
}

/** One connection that was dialled to download from: what comes over it, in this download's words. */
export class SourceLink implements SessionOwner {
  session!: Session;
  intake!: ChunkIntake;
  /** The handshake succeeded, so the peer can be reached. */
  reached = false;
  /** The peer said what it has: it is a source. */
  isOpen = false;
  /** All that it told, on this connection and on the one that it dialled. Set when it opens. */
  has!: Bitfield;
  /** It grants: then it wants to hear what others have, so that it does not give that. */
  granting = false;
  /** Ended by a decision of ours that was reported already. */
  closedHere = false;
  private openBy: NodeJS.Timeout | undefined;

  constructor(
    readonly candidate: SourceCandidate,
    private readonly fileId: FileId,
    private readonly events: SourceEvents,
  ) {}

  get peerId(): PeerId {
    return this.candidate.address.peerId;
  }

  get address(): SourceAddress {
    return this.candidate.address;
  }

  ready(session: Session): void {
    this.reached = true;
    const late = new ShoalError('timeout', 'the file was not opened in time', { retry: 'transient' });
    this.openBy = setTimeout(() => session.close(late), ENGINE_LIMITS.handshakeMs);
    session.send(this.events.opening(this));
  }

  message(session: Session, message: Message): void {
    switch (message.type) {
      case 'opened':
        return this.onOpened(message.fileId, message);
      case 'close-file':
        if (message.fileId !== this.fileId) return;
        // No fault of its own: it is tried again later, and nobody need hear of it.
        if (message.reason === 'busy') this.closedHere = true;
        return session.fail(new ShoalError('no-holder', `it does not share the file (${message.reason})`));
      case 'get-peers':
      case 'peers':
      case 'get-manifest':
      case 'manifest':
        return this.events.other(session, message);
      default:
        this.checkOpen(message.type);
        return this.onFileMessage(message);
    }
  }

  closed(_session: Session, reason: ShoalError): void {
    clearTimeout(this.openBy);
    this.events.ended(this, reason);
  }

  reserve(_session: Session, chunk: number, offset: number, length: number): Uint8Array | undefined {
    this.checkOpen('data');
    return this.intake.reserve(chunk, offset, length);
  }

  arrived(_session: Session, _chunk: number, bytes: number): void {
    this.intake.arrived(bytes);
    this.events.received(this, bytes);
  }

  private onOpened(fileId: FileId, announcement: Announcement): void {
    if (fileId !== this.fileId || this.isOpen) throw new ShoalError('bad-frame', 'another file was opened');
    clearTimeout(this.openBy);
    this.isOpen = true;
    this.events.opened(this, announcement);
  }

  private onFileMessage(message: Message): void {
    switch (message.type) {
      case 'bitfield':
        return this.events.announced(this, message);
      case 'have':
        return this.events.have(this, message.ranges);
      case 'data':
        return this.intake.frame(message);
      case 'none':
        return this.events.none(this);
      case 'refuse':
        return this.events.refused(this, message.chunk, message.reason);
      default:
        throw new ShoalError('bad-frame', `${message.type} has no place here`);
    }
  }

  private checkOpen(type: string): void {
    if (!this.isOpen) throw new ShoalError('bad-frame', `${type} came before the file was open`);
  }
}
