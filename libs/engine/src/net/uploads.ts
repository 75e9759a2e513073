import {
  asShoalError,
  Bitfield,
  DEFAULT_PRIORITY,
  ShoalError,
  type ChunkRange,
  type FileId,
  type PeerId,
} from '#core';
import { ANY, hasRoom, UploadQueue, type Send } from '#swarm';
import type { CloseReason, Open, RemotePeer } from '#wire';
import { ENGINE_LIMITS } from '../engine-limits.js';
import type { ChunkStore } from '../store/store.js';
import { ActiveSend } from './active-send.js';
import type { ChunkSender } from './chunk-sender.js';
import type { Grants } from './grants.js';
import type { Session } from './session.js';
import { UploadLink } from './upload-link.js';
import { WakeTimer } from './wake-timer.js';

export interface UploadParts {
  /** The best place to serve a file from; undefined when it is not held. */
  readonly storeOf: (fileId: FileId) => ChunkStore | undefined;
  readonly grants: Grants;
  /** Whether a host is in the same rack as this one. */
  readonly isNear: (host: string) => boolean;
  readonly sender: ChunkSender;
  /** A whole chunk of so many bytes was handed to the kernel. */
  readonly sent: (bytes: number) => void;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** A downloader opened a file: it may have chunks for us too. */
  readonly opened: (fileId: FileId, remote: RemotePeer, downloads: boolean) => void;
  /** A downloader announced chunks. */
  readonly announced: (fileId: FileId, peerId: PeerId, ranges: readonly ChunkRange[]) => void;
  /** Tells a downloader for whom there is no room who else may have chunks. */
  readonly nameOthers: (fileId: FileId, session: Session) => void;
  readonly trouble: (error: ShoalError) => void;
}

/** Everybody who downloads from here, and what is sent to them next. */
export class Uploads {
  private readonly links = new Map<Session, UploadLink>();
  private readonly byConn = new Map<string, UploadLink>();
  private readonly queue: UploadQueue;
  private readonly timer: WakeTimer;
  private pumping = false;
  /** Milliseconds since 1970 at which a chunk of a file was last sent. */
  private readonly used = new Map<FileId, number>();

  constructor(private readonly parts: UploadParts) {
    this.timer = new WakeTimer(() => this.pump(), parts.now);
    this.queue = new UploadQueue({
      chunkBytes: (file, chunk) => this.bytesOf(file as FileId, chunk),
      isNear: (conn) => parts.isNear(this.byConn.get(conn)?.session.remote.host ?? ''),
      priorityOf: (conn) => priorityOf(this.byConn.get(conn)),
    });
  }

  /** Connections on which a file is open. */
  *linksOf(fileId: FileId): IterableIterator<UploadLink> {
    for (const link of this.links.values()) if (link.opened?.fileId === fileId) yield link;
  }

  usedAt(fileId: FileId): number | undefined {
    return this.used.get(fileId);
  }

  /** @throws ShoalError `bad-frame` when the bitfield is not of this file */
  open(session: Session, { fileId, downloads, priority, field }: Open): void {
    const link = this.linkOf(session);
    this.leaveFile(link);
    const store = this.parts.storeOf(fileId);
    if (store === undefined) return refuseFile(session, fileId, 'not-found');
    if (field.length !== store.manifest.chunkCount) throw bad('a bitfield of another length');
    if (!this.hasRoom(store)) return this.sendOn(session, fileId, downloads);
    link.opened = { fileId, downloads, priority, has: field.clone() };
    const ended = this.parts.grants.seen(fileId, session.remote.peerId, field);
    session.send({ type: 'opened', fileId, ...this.announcement(store) });
    if (ended) this.announceAgain(fileId);
    this.parts.opened(fileId, session.remote, downloads);
    this.parts.announced(fileId, session.remote.peerId, field.toRanges());
  }

  private hasRoom({ manifest, chunks }: ChunkStore): boolean {
    const { downloaders, partialDownloaders } = ENGINE_LIMITS;
    const here = [...this.linksOf(manifest.fileId)].length;
    return hasRoom(chunks.isFull, here, { complete: downloaders, partial: partialDownloaders });
  }

  /** It may have chunks for us all the same. */
  private sendOn(session: Session, fileId: FileId, downloads: boolean): void {
    this.parts.nameOthers(fileId, session);
    refuseFile(session, fileId, 'busy');
    this.parts.opened(fileId, session.remote, downloads);
  }

  /** @throws ShoalError `bad-frame` for chunks that the file does not have */
  have(session: Session, ranges: readonly ChunkRange[]): void {
    const link = this.links.get(session);
    if (link?.opened === undefined) return;
    const { fileId, has } = link.opened;
    if (ranges.some(({ end }) => end > has.length)) throw bad('chunks past the end of the file');
    for (const range of ranges) has.setRange(range);
    for (const chunk of link.unacknowledged) {
      if (ranges.some(({ start, end }) => start <= chunk && chunk < end))
        this.acknowledged(link, fileId, chunk);
    }
    if (this.passEnds(fileId, session, ranges, has.length)) this.announceAgain(fileId);
    this.parts.announced(fileId, session.remote.peerId, ranges);
    this.pumpSoon();
  }

  /** @throws ShoalError `bad-frame` without an open file, or for chunks that the file does not have */
  request(session: Session, chunks: readonly number[]): void {
    const link = this.links.get(session);
    // The file may just have been closed here: the other side will learn it.
    if (link?.opened === undefined) return;
    const { fileId } = link.opened;
    const store = this.parts.storeOf(fileId);
    if (store === undefined) return;
    for (const chunk of chunks) this.requestOne(link, store, chunk);
    this.pumpSoon();
  }

  cancel(session: Session, chunks: readonly number[]): void {
    const link = this.links.get(session);
    if (link?.opened === undefined) return;
    for (const chunk of chunks) {
      this.queue.cancel(link.conn, link.opened.fileId, chunk);
      link.unacknowledged.delete(chunk);
      link.sends.get(chunk)?.raise();
    }
    this.pumpSoon();
  }

  /** The downloader is done with the file, or its connection ended. */
  leave(session: Session): void {
    const link = this.links.get(session);
    if (link === undefined) return;
    this.leaveFile(link);
    this.links.delete(session);
    this.byConn.delete(link.conn);
    this.pumpSoon();
  }

  /** The file is not served any more. */
  closeFile(fileId: FileId, reason: CloseReason): void {
    for (const link of [...this.linksOf(fileId)]) {
      this.leaveFile(link);
      refuseFile(link.session, fileId, reason);
    }
    this.queue.closeFile(fileId);
    this.used.delete(fileId);
  }

  /** Less is held than was told, or the first pass is over and the seeder is a source like any other (policy R3). */
  announceAgain(fileId: FileId): void {
    const store = this.parts.storeOf(fileId);
    if (store === undefined) return;
    for (const link of this.linksOf(fileId))
      link.session.send({ type: 'bitfield', ...this.announcement(store) });
  }

  /** Bytes a millisecond that reach downloaders; undefined before the first acknowledgement. */
  get measuredRate(): number | undefined {
    return this.queue.measuredRate;
  }

  stop(): void {
    this.timer.stop();
    for (const link of this.links.values()) link.stopSends();
  }

  private passEnds(
    fileId: FileId,
    { remote }: Session,
    ranges: readonly ChunkRange[],
    chunkCount: number,
  ): boolean {
    const { grants } = this.parts;
    if (grants.running(fileId) === undefined) return false;
    return grants.seen(fileId, remote.peerId, Bitfield.fromRanges(chunkCount, ranges));
  }

  private acknowledged(link: UploadLink, fileId: FileId, chunk: number): void {
    link.unacknowledged.delete(chunk);
    this.queue.acknowledged(link.conn, fileId, chunk);
  }

  private linkOf(session: Session): UploadLink {
    const known = this.links.get(session);
    if (known !== undefined) return known;
    const link = new UploadLink(session);
    this.links.set(session, link);
    this.byConn.set(link.conn, link);
    return link;
  }

  private leaveFile(link: UploadLink): void {
    if (link.opened === undefined) return;
    this.parts.grants.running(link.opened.fileId)?.askerGone(link.session.remote.peerId);
    link.opened = undefined;
    link.stopSends();
    this.queue.closed(link.conn);
  }

  private requestOne(link: UploadLink, store: ChunkStore, chunk: number): void {
    const { session } = link;
    const { fileId, chunkCount } = store.manifest;
    if (chunk === ANY) {
      const open = this.parts.grants.running(fileId) !== undefined;
      if (!open || this.queue.request(link.conn, fileId, ANY) === 'refused') session.send({ type: 'none' });
      return;
    }
    if (chunk >= chunkCount) throw bad(`a request for chunk ${chunk} of ${chunkCount}`);
    if (!store.chunks.has(chunk)) return session.send({ type: 'refuse', chunk, reason: 'not-held' });
    const verdict = this.queue.request(link.conn, fileId, chunk);
    if (verdict === 'refused') return session.send({ type: 'refuse', chunk, reason: 'busy' });
    if (verdict !== 'granted') return;
    const active = link.sends.get(chunk);
    if (active !== undefined) active.granted = false;
    session.send({ type: 'none' });
  }

  /** Once for all that a turn of the event loop brings. */
  private pumpSoon(): void {
    if (this.pumping) return;
    this.pumping = true;
    setImmediate(() => this.pump());
  }

  private pump(): void {
    this.pumping = false;
    const now = this.parts.now();
    for (const send of this.queue.next(now)) this.begin(send);
    this.timer.at(this.queue.nextDecisionAt());
  }

  private begin(send: Send): void {
    const link = this.byConn.get(send.conn);
    const fileId = send.file as FileId;
    const store = this.parts.storeOf(fileId);
    if (link === undefined || store === undefined) return;
    const chunk = send.chunk === ANY ? this.grant(link, fileId) : send.chunk;
    if (chunk === undefined) return;
    if (send.chunk !== ANY) this.gave(link, fileId, chunk);
    this.used.set(fileId, Date.now());
    const active = new ActiveSend(chunk, send.chunk === ANY);
    link.sends.set(chunk, active);
    link.unacknowledged.add(chunk);
    void link.inTurn(() => this.send(link, store, active));
  }

  /** A chunk that was asked for by number is not granted any more; it may have been the last one. */
  private gave(link: UploadLink, fileId: FileId, chunk: number): void {
    const pass = this.parts.grants.running(fileId);
    pass?.gave(chunk, link.session.remote.peerId);
    if (pass?.isOver === true) this.announceAgain(fileId);
  }

  /** The chunk that an ANY gets; undefined after NONE was answered. */
  private grant(link: UploadLink, fileId: FileId): number | undefined {
    const pass = this.parts.grants.running(fileId);
    const chunk = pass?.grant(link.opened?.has, link.session.remote.peerId);
    this.queue.granted(link.conn, fileId, chunk);
    if (chunk === undefined) {
      link.session.send({ type: 'none' });
      this.pumpSoon();
    }
    if (pass?.isOver === true) this.announceAgain(fileId);
    return chunk;
  }

  private async send(link: UploadLink, store: ChunkStore, active: ActiveSend): Promise<void> {
    try {
      if (active.isRaised) return;
      const whole = await this.parts.sender.send(link.session, store, active, priorityOf(link));
      if (whole) this.parts.sent(store.manifest.lengthOf(active.chunk));
    } catch (error) {
      this.sendFailed(link, store, active, asShoalError(error));
    } finally {
      if (link.sends.get(active.chunk) === active) link.sends.delete(active.chunk);
    }
  }

  private sendFailed(link: UploadLink, store: ChunkStore, active: ActiveSend, error: ShoalError): void {
    if (link.session.closed) return;
    const { fileId } = store.manifest;
    const { chunk } = active;
    this.parts.grants.running(fileId)?.chunkLost(chunk);
    this.queue.cancel(link.conn, fileId, chunk);
    link.unacknowledged.delete(chunk);
    if (link.opened?.fileId === fileId) {
      const unknown = active.granted && !active.begun;
      const reason = store.chunks.has(chunk) ? 'busy' : 'not-held';
      link.session.send(unknown ? { type: 'none' } : { type: 'refuse', chunk, reason });
    }
    // It was lost while it waited for its turn: told already.
    const isTold = error.code === 'file-changed' || !store.chunks.has(chunk);
    if (!isTold) this.parts.trouble(error);
    this.pumpSoon();
  }

  private announcement(store: ChunkStore): { granting: boolean; field: Bitfield } {
    const granting = this.parts.grants.running(store.manifest.fileId) !== undefined;
    return { granting, field: granting ? new Bitfield(store.manifest.chunkCount) : store.chunks.clone() };
  }

  private bytesOf(fileId: FileId, chunk: number): number {
    const manifest = this.parts.storeOf(fileId)?.manifest;
    if (manifest === undefined || manifest.chunkCount === 0) return 0;
    return manifest.lengthOf(chunk === ANY ? 0 : chunk);
  }
}

const priorityOf = (link: UploadLink | undefined): number => link?.opened?.priority ?? DEFAULT_PRIORITY;

const refuseFile = (session: Session, fileId: FileId, reason: CloseReason): void =>
  session.send({ type: 'close-file', fileId, reason });

const bad = (why: string): ShoalError => new ShoalError('bad-frame', why);
