import { errorFromDocument, ShoalError, type ErrorDocument } from '#core';
import type { DistributionStatus, FactBody } from '#contracts';
import type { Fact } from '../network/fact-watch.js';
import type { DeliveredEvent, TransferEvent } from '../output/events.js';

type Asked = Extract<TransferEvent, { event: 'asked' }>;
type Completed = FactBody<'download.completed'>;
type Ended = Pick<FactBody<'distribution.completed'>, 'state' | 'fileId' | 'name' | 'version' | 'size'> & {
  readonly reason?: string | undefined;
  readonly error?: ErrorDocument | undefined;
};

/** Facts that may come before the answer to the request says which distribution is ours. */
const EARLY_FACTS_MAX = 1_000;

/** A download at another peer, followed by facts; `status` fills the gaps that a lost connection leaves. */
export class RemoteDownload {
  /** Rejects with the error of the download or of its distribution. */
  readonly ended: Promise<void>;
  private settle!: { resolve: () => void; reject: (error: ShoalError) => void };
  private early: Fact[] = [];
  private id: string | undefined;
  private over = false;
  private completed: Completed | undefined;
  private failed: ErrorDocument | undefined;
  private saidOffline = false;

  constructor(
    private readonly peer: string,
    private readonly tell: (event: TransferEvent) => void,
  ) {
    this.ended = new Promise((resolve, reject) => (this.settle = { resolve, reject }));
    this.ended.catch(() => undefined);
  }

  asked(event: Asked): void {
    this.id = event.distributionId;
    this.tell(event);
    for (const fact of this.early) this.take(fact);
    this.early = [];
  }

  take(fact: Fact): void {
    if (this.id === undefined) {
      this.early = [...this.early, fact].slice(-EARLY_FACTS_MAX);
    } else if ('distributionId' in fact.body && fact.body.distributionId === this.id && !this.over) {
      this.handle(fact);
    }
  }

  /** What the anchors know now. */
  takeStatus(status: DistributionStatus): void {
    if (this.over) return;
    const [row] = status.rows;
    if (row?.state === 'offline') this.sayOffline();
    if (row?.state === 'downloading') {
      this.tell({ event: 'progress', bytes: row.bytes, size: status.size, rate: row.rate, sources: 0 });
    }
    if (status.state !== 'running') this.end({ ...status, error: row?.error });
  }

  private handle({ name, body }: Fact): void {
    switch (name) {
      case 'download.progress': {
        const { bytes, size, rate, sources } = body;
        return this.tell({ event: 'progress', bytes, size, rate, sources });
      }
      case 'download.completed':
        this.completed = body;
        return;
      case 'download.failed':
        this.failed = body.error;
        return;
      case 'distribution.completed':
      case 'distribution.failed':
      case 'distribution.cancelled':
        return this.end(body);
      case 'placement.completed':
      case 'placement.failed':
      case 'file.published':
      case 'file.unpublished':
      case 'peer.joined':
      case 'peer.left':
      case 'registry.wiped':
        return;
    }
  }

  private end(how: Ended): void {
    this.over = true;
    if (how.state !== 'completed') return this.settle.reject(this.failure(how));
    this.tell(this.delivery(how));
    this.settle.resolve();
  }

  private delivery({ fileId, name, version, size }: Ended): DeliveredEvent {
    const about = { event: 'delivered', peer: this.peer, distributionId: this.id as string } as const;
    const file = { fileId, name, version, size };
    if (this.completed === undefined) return { ...about, ...file };
    const { sha256, path, milliseconds, from, files } = this.completed;
    return { ...about, ...file, sha256, path, milliseconds, from, files };
  }

  private failure({ state, reason, error }: Ended): ShoalError {
    const document = this.failed ?? error;
    if (document !== undefined) {
      return errorFromDocument({ ...document, message: `${this.peer}: ${document.message}` });
    }
    const code = state === 'cancelled' ? 'cancelled' : 'internal';
    return new ShoalError(
      code,
      `the download at ${this.peer} was ${state}${reason === undefined ? '' : `: ${reason}`}`,
    );
  }

  private sayOffline(): void {
    if (this.saidOffline) return;
    this.saidOffline = true;
    this.tell({ event: 'notice', kind: 'waiting', message: `${this.peer} is offline; waiting for it` });
  }
}
