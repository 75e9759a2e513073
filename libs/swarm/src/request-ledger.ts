import type { SourceId } from './decision.js';

/** One chunk asked of one source and not settled. */
export interface OpenRequest {
  readonly source: SourceId;
  readonly chunk: number;
  readonly bytes: number;
  readonly askedAt: number;
  /** Bytes of it that came. */
  received: number;
  /** Its first bytes came. */
  begun: boolean;
  /** Its deadline passed; it counts no longer as help. */
  stalled: boolean;
}

const NONE: ReadonlyMap<number, OpenRequest> = new Map();

/** Who was asked what, and when. A chunk is open at most once per source. */
export class RequestLedger {
  private readonly bySource = new Map<SourceId, Map<number, OpenRequest>>();
  private readonly byChunk = new Map<number, OpenRequest[]>();

  open(source: SourceId, chunk: number, bytes: number, now: number): OpenRequest {
    const request = { source, chunk, bytes, askedAt: now, received: 0, begun: false, stalled: false };
    const there = this.bySource.get(source) ?? new Map<number, OpenRequest>();
    if (there.has(chunk)) throw new Error(`chunk ${chunk} is open at ${source} already`);
    this.bySource.set(source, there.set(chunk, request));
    const copies = this.byChunk.get(chunk);
    if (copies === undefined) this.byChunk.set(chunk, [request]);
    else copies.push(request);
    return request;
  }

  close(request: OpenRequest): void {
    const there = this.bySource.get(request.source);
    there?.delete(request.chunk);
    if (there?.size === 0) this.bySource.delete(request.source);
    const rest = this.copiesOf(request.chunk).filter((copy) => copy !== request);
    if (rest.length === 0) this.byChunk.delete(request.chunk);
    else this.byChunk.set(request.chunk, rest);
  }

  find(source: SourceId, chunk: number): OpenRequest | undefined {
    return this.bySource.get(source)?.get(chunk);
  }

  /** Open requests at a source, oldest first. */
  at(source: SourceId): ReadonlyMap<number, OpenRequest> {
    return this.bySource.get(source) ?? NONE;
  }

  /** Open requests for a chunk, oldest first. */
  copiesOf(chunk: number): readonly OpenRequest[] {
    return this.byChunk.get(chunk) ?? [];
  }

  isAsked(chunk: number): boolean {
    return this.byChunk.has(chunk);
  }

  /** Chunks with at least one open request, the longest open first. */
  chunks(): IterableIterator<number> {
    return this.byChunk.keys();
  }

  /** @throws Error when the two indexes differ. For tests. */
  checkInvariants(): void {
    let fromSources = 0;
    for (const [source, there] of this.bySource) {
      if (there.size === 0) throw new Error(`${source} has an empty entry`);
      for (const request of there.values()) {
        fromSources++;
        if (!this.copiesOf(request.chunk).includes(request))
          throw new Error(`chunk ${request.chunk} is lost`);
      }
    }
    let fromChunks = 0;
    for (const copies of this.byChunk.values()) fromChunks += copies.length;
    if (fromChunks !== fromSources)
      throw new Error(`${fromSources} requests by source, ${fromChunks} by chunk`);
  }
}
