import { DEFAULT_PRIORITY } from '#core';
import { ANY } from './decision.js';
import { HoldTrial } from './hold-trial.js';
import { NearTurns } from './near-turns.js';
import { lanesByPriority, PriorityTurns } from './priority-turns.js';
import { UPLOAD_DEFAULTS, type UploadSettings } from './settings.js';
import { UploadBudget } from './upload-budget.js';
import { checkUploads } from './upload-checks.js';
import { UploadLane, type StartedSend } from './upload-lane.js';

/** A chunk to begin sending now; ANY: ask the grant pass which, then call `granted`. */
export interface Send {
  readonly conn: string;
  readonly file: string;
  readonly chunk: number;
}

export interface UploadQueueOptions {
  /** Bytes of a chunk; for ANY those of an ordinary chunk of the file. */
  readonly chunkBytes: (file: string, chunk: number) => number;
  /** Whether the downloader is in the same rack; all are when left out. Asked when it begins to wait. */
  readonly isNear?: (conn: string) => boolean;
  /** Of what a downloader asks for; the default of all when left out. Asked when it begins to wait. */
  readonly priorityOf?: (conn: string) => number;
  readonly settings?: Partial<UploadSettings>;
}

/**
 * Decides late what to send (R7): requests wait here, and a chunk is handed to its connection only while the bytes that
 * nobody acknowledged yet are within budget. So a request can be cancelled, and a grant chosen, until the last moment.
 * The acknowledgement is the receiver's HAVE (or CANCEL). Who has the fewest chunks unacknowledged is served first, in
 * turns; so a second chunk goes to a connection only while nobody else of its priority waits for a first. Between
 * priorities bytes are shared by weight. "Started" is not "in memory": chunks can be large, and the connection reads them
 * as its socket drains.
 */
export class UploadQueue {
  private readonly settings: UploadSettings;
  private readonly budget: UploadBudget;
  /** In the order of their turns. */
  private readonly lanes = new Map<string, UploadLane>();
  /** How many lanes have a priority. */
  private readonly laneCounts = new Map<number, number>();
  private readonly turns = new PriorityTurns();
  private readonly trial: HoldTrial;
  private counted = 0;
  private countedSends = 0;
  private waitingCount = 0;
  private acknowledgedSends: StartedSend[] = [];
  private reviewAt = -Infinity;
  private farSeen = false;
  private readonly nearTurns: NearTurns;
  /** Something happened since `next` found nothing more to start. */
  private isChanged = false;

  constructor(private readonly options: UploadQueueOptions) {
    this.settings = { ...UPLOAD_DEFAULTS, ...options.settings };
    this.budget = new UploadBudget(this.settings);
    this.trial = new HoldTrial(this.settings);
    this.nearTurns = new NearTurns(this.settings.nearPerFar);
  }

  /**
   * `duplicate`: waits or is on its way already. `granted`: it is on its way for an ANY, which would stay open: answer that
   * with NONE. `refused`: over a cap; answer it as a chunk that cannot be given.
   */
  request(conn: string, file: string, chunk: number): 'queued' | 'duplicate' | 'granted' | 'refused' {
    const lane = this.lanes.get(conn) ?? this.newLane(conn);
    if (lane.waiting.length >= this.settings.queuedPerConnection) return 'refused';
    if (chunk === ANY && lane.anyCount(file) >= this.settings.anyPerConnection) return 'refused';
    if (chunk !== ANY && lane.isAsked(file, chunk)) {
      return lane.askedByNumber(file, chunk) ? 'granted' : 'duplicate';
    }
    lane.waiting.push({ file, chunk });
    this.waitingCount++;
    this.isChanged = true;
    this.addLane(lane);
    return 'queued';
  }

  /** Also for a chunk that is being sent: its bytes count no longer. ANY takes back the oldest waiting one. */
  cancel(conn: string, file: string, chunk: number): void {
    const lane = this.lanes.get(conn);
    if (lane === undefined) return;
    const withdrawn = lane.withdraw(file, chunk);
    const send = withdrawn || chunk === ANY ? undefined : lane.findStarted(file, chunk);
    if (withdrawn) this.waitingCount--;
    this.isChanged = true;
    if (send !== undefined) this.release(lane, send);
    this.dropIdle(lane);
  }

  /** The receiver has it. Call it for every HAVE of the connection; one that acknowledges nothing changes nothing. */
  acknowledged(conn: string, file: string, chunk: number): void {
    const lane = this.lanes.get(conn);
    const send = lane?.findStarted(file, chunk);
    if (lane === undefined || send === undefined) return;
    this.acknowledgedSends.push(send);
    lane.acknowledged++;
    this.release(lane, send);
    this.dropIdle(lane);
  }

  /** What became of an ANY that `next` returned; undefined: nothing to grant (NONE was answered). */
  granted(conn: string, file: string, chunk: number | undefined): void {
    const lane = this.lanes.get(conn);
    const send = lane?.findStarted(file, ANY);
    if (lane === undefined || send === undefined) return;
    if (chunk === undefined) {
      this.release(lane, send);
      this.dropIdle(lane);
      return;
    }
    const bytes = this.options.chunkBytes(file, chunk);
    if (send.counted) this.counted += bytes - send.bytes;
    Object.assign(send, { chunk, bytes, granted: true });
    this.isChanged = true;
  }

  /** The connection is gone, and with it all it asked for. */
  closed(conn: string): void {
    const lane = this.lanes.get(conn);
    if (lane === undefined) return;
    for (const send of [...lane.started]) this.release(lane, send);
    this.waitingCount -= lane.waiting.length;
    this.isChanged = true;
    this.removeLane(lane);
  }

  /** The file is served no more. */
  closeFile(file: string): void {
    for (const lane of [...this.lanes.values()]) {
      for (const send of lane.started.filter((started) => started.file === file)) this.release(lane, send);
      const rest = lane.waiting.filter((waiting) => waiting.file !== file);
      this.waitingCount -= lane.waiting.length - rest.length;
      lane.waiting.splice(0, lane.waiting.length, ...rest);
      this.isChanged = true;
      this.dropIdle(lane);
    }
  }

  /** What to start sending now, in this order. It counts as started. O(connections that wait) a chunk, O(1) without news. */
  next(now: number): Send[] {
    this.takeSamples(now);
    this.writeOffOverdue(now);
    const sends: Send[] = [];
    while (this.isChanged && this.waitingCount > 0 && !this.isFull) {
      const lane = this.laneToServe(now);
      if (lane === undefined) break;
      sends.push(this.startOne(lane, now));
    }
    this.isChanged = false;
    return sends;
  }

  /** When `next` may have something to start although nothing happens until then. */
  nextDecisionAt(): number | undefined {
    return this.waitingCount > 0 && this.countedSends > 0 ? this.reviewAt : undefined;
  }

  /** Requests that wait, over all connections. */
  get waiting(): number {
    return this.waitingCount;
  }

  /** Bytes a millisecond, over all connections; undefined before the first acknowledgement. */
  get measuredRate(): number | undefined {
    return this.budget.measuredRate;
  }

  /** Bytes that count as sent and not acknowledged. */
  get unacknowledgedBytes(): number {
    return this.counted;
  }

  private takeSamples(now: number): void {
    for (const send of this.acknowledgedSends) this.budget.acknowledge(send.mark, send.bytes, now);
    this.acknowledgedSends = [];
  }

  /** A receiver that acknowledges nothing keeps its own share occupied, not everybody's. */
  private writeOffOverdue(now: number): void {
    if (now < this.reviewAt) return;
    this.reviewAt = now + this.settings.watchEveryMs;
    const before = now - this.budget.patience;
    for (const lane of this.lanes.values()) {
      for (const send of lane.started) if (send.counted && send.mark.at <= before) this.uncount(send);
    }
  }

  private newLane(conn: string): UploadLane {
    const isNear = this.options.isNear?.(conn) ?? true;
    if (!isNear) this.farSeen = true;
    return new UploadLane(conn, isNear, this.options.priorityOf?.(conn) ?? DEFAULT_PRIORITY);
  }

  private addLane(lane: UploadLane): void {
    if (this.lanes.has(lane.conn)) return;
    this.lanes.set(lane.conn, lane);
    this.laneCounts.set(lane.priority, (this.laneCounts.get(lane.priority) ?? 0) + 1);
  }

  private removeLane({ conn, priority }: UploadLane): void {
    if (!this.lanes.delete(conn)) return;
    const left = (this.laneCounts.get(priority) ?? 0) - 1;
    if (left > 0) this.laneCounts.set(priority, left);
    else this.laneCounts.delete(priority);
  }

  /** With one priority it costs nothing; with several each gets its share, whoever of it is next. */
  private laneToServe(now: number): UploadLane | undefined {
    const [first] = this.laneCounts.keys();
    if (first === undefined || this.laneCounts.size === 1) return this.laneOf(first);
    const lanes = lanesByPriority(this.lanes.values(), (lane) => this.maySend(lane));
    const { budget } = this;
    const priority = this.turns.next(lanes, () =>
      this.trial.mayHold(now, budget.acknowledgedBytes, budget.patience / 2),
    );
    const lane = this.laneOf(priority);
    if (lane !== undefined) this.turns.took(lane.priority, this.bytesOfNext(lane), lanes);
    return lane;
  }

  /**
   * Near ones mostly: what goes to another rack is passed on there, and is to be had from other racks too; what near ones
   * lack they can have from nowhere else.
   */
  private laneOf(priority: number | undefined): UploadLane | undefined {
    if (priority === undefined) return undefined;
    if (!this.farSeen) return this.bestLane(priority, true);
    const near = this.nearTurns.isNear(priority);
    const lane = this.bestLane(priority, near) ?? this.bestLane(priority, !near);
    if (lane !== undefined) this.nearTurns.took(lane);
    return lane;
  }

  /** Of those with the fewest chunks unacknowledged, the one whose turn it is. */
  private bestLane(priority: number, near: boolean): UploadLane | undefined {
    let best: UploadLane | undefined;
    for (const lane of this.lanes.values()) {
      if (lane.priority !== priority || lane.isNear !== near || !this.maySend(lane)) continue;
      if (lane.started.length === 0) return lane;
      if (best === undefined || lane.started.length < best.started.length) best = lane;
    }
    return best;
  }

  private maySend(lane: UploadLane): boolean {
    if (lane.waiting.length === 0 || !this.hasRoom(this.bytesOfNext(lane))) return false;
    return lane.started.length < this.settings.unprovenPerConnection + lane.acknowledged;
  }

  private get isFull(): boolean {
    if (this.countedSends < this.settings.unacknowledgedChunksMin) return false;
    return this.counted >= this.budget.bytes(0);
  }

  private hasRoom(bytes: number): boolean {
    if (this.countedSends < this.settings.unacknowledgedChunksMin) return true;
    return this.counted + bytes <= this.budget.bytes(bytes);
  }

  private bytesOfNext(lane: UploadLane): number {
    const send = lane.waiting[0];
    return send === undefined ? 0 : this.options.chunkBytes(send.file, send.chunk);
  }

  private startOne(lane: UploadLane, now: number): Send {
    const bytes = this.bytesOfNext(lane);
    const { file, chunk } = lane.waiting.shift() as { file: string; chunk: number };
    this.waitingCount--;
    const idle = this.waitingCount === 0 && this.counted + 2 * bytes <= this.budget.bytes(bytes);
    const mark = this.budget.start(now, idle);
    lane.started.push({ conn: lane.conn, file, chunk, bytes, mark, granted: false, counted: true });
    this.counted += bytes;
    this.countedSends++;
    this.lanes.delete(lane.conn);
    this.lanes.set(lane.conn, lane);
    return { conn: lane.conn, file, chunk };
  }

  private release(lane: UploadLane, send: StartedSend): void {
    lane.started.splice(lane.started.indexOf(send), 1);
    this.isChanged = true;
    if (send.counted) this.uncount(send);
  }

  private uncount(send: StartedSend): void {
    send.counted = false;
    this.isChanged = true;
    this.counted -= send.bytes;
    this.countedSends--;
  }

  private dropIdle(lane: UploadLane): void {
    if (lane.isIdle) this.removeLane(lane);
  }

  /** @throws Error when the books do not balance. For tests. */
  checkInvariants(): void {
    const { lanes, laneCounts, waitingCount, counted, countedSends, settings } = this;
    checkUploads(lanes.values(), { laneCounts, waitingCount, counted, countedSends }, settings);
  }
}
