import type { Arrival, SourceId } from './decision.js';
import type { OpenRequest } from './request-ledger.js';
import type { Source } from './source.js';
import { bestRateOf, expectedTime } from './source-ranking.js';
import type { SwarmState } from './swarm-state.js';

/** What arriving bytes, chunks and answers change. */
export class Arrivals {
  constructor(private readonly state: SwarmState) {}

  began(id: SourceId, chunk: number, now: number): Arrival {
    const source = this.state.sources.get(id);
    if (source === undefined) return 'unasked';
    source.receiving = chunk;
    source.current = undefined;
    source.strayBytes = 0;
    const request = this.state.ledger.find(id, chunk) ?? this.bindAny(source, chunk, now);
    if (request === undefined) return this.verdictWithoutRequest(source, chunk);
    if (!request.begun) source.answered(request, now);
    this.state.tally.waste('cancelled', request.received);
    Object.assign(request, { begun: true, stalled: false, received: 0 });
    source.current = request;
    this.state.progressed(source, now);
    this.state.release(chunk);
    this.cancelOthersNotBegun(request);
    return 'wanted';
  }

  bytes(id: SourceId, bytes: number, now: number): void {
    const source = this.state.sources.get(id);
    if (source === undefined || bytes <= 0) return;
    source.meter.add(bytes, now);
    this.state.meter.add(bytes, now);
    this.state.lastMoveAt = now;
    this.state.tally.arrived += bytes;
    this.state.progressed(source, now);
    const room = source.current === undefined ? 0 : source.current.bytes - source.current.received;
    const kept = Math.min(bytes, room);
    if (source.current !== undefined) source.current.received += kept;
    else source.strayBytes += bytes;
    if (bytes > kept)
      this.state.tally.waste(source.current === undefined ? 'cancelled' : 'unasked', bytes - kept);
  }

  arrived(id: SourceId, chunk: number, now: number): Arrival {
    const source = this.state.sources.get(id);
    if (source === undefined) return 'unasked';
    const open = this.state.ledger.find(id, chunk);
    const hasBegun = open === undefined ? source.receiving === chunk : source.current === open;
    if (!hasBegun) this.began(id, chunk, now);
    source.receiving = undefined;
    const request = this.state.ledger.find(id, chunk);
    if (request === undefined) return this.strayArrived(source, chunk, now);
    this.bytes(id, request.bytes - request.received, now);
    this.state.chunkTimes.add(source.completed(request, now));
    this.state.setSuspicion(source, 'none');
    this.state.progressed(source, now);
    this.state.close(request);
    this.state.tally.verifying += request.bytes;
    this.state.verifying.set(chunk, id);
    for (const copy of this.state.ledger.copiesOf(chunk)) this.state.cancel(copy);
    this.state.release(chunk);
    return 'wanted';
  }

  verified(id: SourceId, chunk: number): void {
    const sender = this.state.verifying.get(chunk);
    if (this.state.verifying.delete(chunk)) {
      this.state.tally.verifying -= this.state.bytesOf(chunk);
      this.state.tally.verified += this.state.bytesOf(chunk);
      if (sender === id) this.state.blame.goodChunk(id);
    }
    if (this.state.needs(chunk)) this.state.missing--;
    this.state.have.set(chunk);
    this.state.availability.unsetPickable(chunk);
    for (const copy of this.state.ledger.copiesOf(chunk)) this.state.cancel(copy);
  }

  rejected(id: SourceId, chunk: number, now: number): void {
    if (this.state.verifying.get(chunk) !== id) return;
    this.state.verifying.delete(chunk);
    this.state.tally.verifying -= this.state.bytesOf(chunk);
    this.state.tally.waste('rejected', this.state.bytesOf(chunk));
    const source = this.state.sources.get(id);
    if (source !== undefined) this.spoil(source, chunk);
    this.state.release(chunk);
    this.punish(id, source, now);
  }

  refused(id: SourceId, chunk: number, why: 'not-held' | 'busy', now: number): void {
    const source = this.state.sources.get(id);
    const request = this.state.ledger.find(id, chunk);
    if (source === undefined || request === undefined) return;
    this.state.progressed(source, now);
    source.refusalsInARow++;
    if (why === 'not-held') this.state.distance.lost(source, chunk);
    else source.notBefore = now + this.backOff(source.refusalsInARow - 1);
    this.state.abandon(request, 'lost');
  }

  none(id: SourceId, now: number): void {
    const source = this.state.sources.get(id);
    if (source === undefined || this.state.closeAny(source) === undefined) return;
    this.state.progressed(source, now);
    if (now >= source.noAnyBefore) source.noAnyBefore = now + this.backOff(source.nonesInARow++);
  }

  private backOff(times: number): number {
    const { backOffMs, backOffMsMax } = this.state.settings;
    return Math.min(backOffMsMax, backOffMs * 2 ** times);
  }

  /** A granted chunk takes the place of the oldest ANY; one that is here, or on its way, is cancelled. */
  private bindAny(source: Source, chunk: number, now: number): OpenRequest | undefined {
    if (source.anyAskedAt.length === 0 || (!source.granting && source.mayStray(chunk))) return undefined;
    const askedAt = this.state.closeAny(source) as number;
    source.noAnyBefore = now;
    source.nonesInARow = 0;
    if (this.state.lacks(chunk) && !this.comesAlready(chunk)) return this.state.open(source, chunk, askedAt);
    source.addStray(chunk);
    this.state.pending.push({ kind: 'cancel', source: source.id, chunk });
    return undefined;
  }

  /** Somebody else has begun to send it: another seeder granted it, too. */
  private comesAlready(chunk: number): boolean {
    return this.state.ledger.copiesOf(chunk).some(({ begun, stalled }) => begun && !stalled);
  }

  private verdictWithoutRequest(source: Source, chunk: number): Arrival {
    return source.mayStray(chunk) ? 'duplicate' : 'unasked';
  }

  /** A whole chunk that has no request: a cancelled one that was too far on its way, or a violation. */
  private strayArrived(source: Source, chunk: number, now: number): Arrival {
    const verdict = this.verdictWithoutRequest(source, chunk);
    const rest = Math.max(0, this.state.bytesOf(chunk) - source.strayBytes);
    if (verdict === 'duplicate') this.bytes(source.id, rest, now);
    source.strayBytes = 0;
    source.takeStray(chunk);
    return verdict;
  }

  /** Who has not begun is told not to, unless it would still be much sooner. */
  private cancelOthersNotBegun(begun: OpenRequest): void {
    const copies = this.state.ledger.copiesOf(begun.chunk);
    if (copies.length < 2) return;
    for (const copy of copies) if (!copy.begun && !this.isMuchSooner(copy, begun)) this.state.cancel(copy);
  }

  private isMuchSooner(copy: OpenRequest, begun: OpenRequest): boolean {
    const other = this.state.sources.get(copy.source);
    const sender = this.state.sources.get(begun.source);
    if (other === undefined || sender === undefined || copy.stalled) return false;
    const bestRate = bestRateOf(this.state);
    const open = this.state.ledger.at(copy.source).size - 1;
    const instead = expectedTime({ source: other, open }, copy.bytes, bestRate);
    return instead * this.state.settings.rescueFactor < begun.bytes / (sender.rate ?? bestRate);
  }

  /** The chunk is never asked there again; CANCEL also tells the sender to wait for no acknowledgement. */
  private spoil(source: Source, chunk: number): void {
    source.spoiled.add(chunk);
    this.state.distance.lost(source, chunk);
    source.addStray(chunk);
    this.state.pending.push({ kind: 'cancel', source: source.id, chunk });
  }

  private punish(id: SourceId, source: Source | undefined, now: number): void {
    const banMs = this.state.blame.wrongChunk(id, now);
    if (banMs !== undefined) {
      this.state.pending.push({ kind: 'close', source: id, reason: 'wrong bytes', banMs });
      if (source !== undefined) this.state.remove(source);
      return;
    }
    if (source !== undefined) this.keepOnlyOne(id);
  }

  /** On parole one chunk at a time is open: the one that is being sent, or the oldest. */
  private keepOnlyOne(id: SourceId): void {
    const open = [...this.state.ledger.at(id).values()];
    const kept = open.find((request) => request.begun) ?? open[0];
    for (const request of open) if (request !== kept) this.state.cancel(request);
  }
}
