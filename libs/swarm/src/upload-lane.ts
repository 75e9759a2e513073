import { ANY } from './decision.js';
import type { StartMark } from './upload-budget.js';

export interface WaitingSend {
  readonly file: string;
  /** A chunk number or ANY. */
  readonly chunk: number;
}

/** Handed to the connection and not acknowledged. */
export interface StartedSend {
  readonly conn: string;
  readonly file: string;
  /** ANY until the grant is known. */
  chunk: number;
  /** It answers an ANY, and the chunk was not asked for by number since. */
  granted: boolean;
  bytes: number;
  readonly mark: StartMark;
  /** Counts against the budget of all; an overdue one does not. */
  counted: boolean;
}

/** One downloader: what it waits for, in its order, and what it has not acknowledged. */
export class UploadLane {
  readonly waiting: WaitingSend[] = [];
  readonly started: StartedSend[] = [];

  acknowledged = 0;

  constructor(
    readonly conn: string,
    /** In the same rack as this peer. */
    readonly isNear: boolean,
    readonly priority: number,
  ) {}

  get isIdle(): boolean {
    return this.waiting.length === 0 && this.started.length === 0;
  }

  /** Something is under way that is not overdue. */
  get isMoving(): boolean {
    return this.started.some(({ counted }) => counted);
  }

  isAsked(file: string, chunk: number): boolean {
    const same = (send: WaitingSend): boolean => send.file === file && send.chunk === chunk;
    return this.waiting.some(same) || this.started.some(same);
  }

  anyCount(file: string): number {
    return this.waiting.filter((send) => send.file === file && send.chunk === ANY).length;
  }

  findStarted(file: string, chunk: number): StartedSend | undefined {
    return this.started.find((send) => send.file === file && send.chunk === chunk);
  }

  /** A chunk that was granted is asked for by number, too; true the first time. */
  askedByNumber(file: string, chunk: number): boolean {
    const send = this.findStarted(file, chunk);
    if (send?.granted !== true) return false;
    send.granted = false;
    return true;
  }

  /** Takes a waiting request back; true when there was one. */
  withdraw(file: string, chunk: number): boolean {
    const at = this.waiting.findIndex((send) => send.file === file && send.chunk === chunk);
    if (at >= 0) this.waiting.splice(at, 1);
    return at >= 0;
  }
}
