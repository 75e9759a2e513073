import { randomUUID } from 'node:crypto';
import type { PlacementStatus } from '#contracts';
import { errorFromDocument, ShoalError, type PeerId } from '#core';
import { complain, type Context } from '../context.js';
import { watchFacts, type Fact } from '../network/fact-watch.js';
import type { NetworkPlace } from '../network/place.js';
import { makeBroker, withAnchors, type Anchors } from '../network/session.js';
import type { DoneEvent, ProgressEvent, TransferEvent, TransferView } from '../output/events.js';

/** Progress is asked for so often; the end comes as a fact. */
const STATUS_EVERY_MS = 500;

/** There is nothing to cancel: copies that are there stay, and the network makes the others as long as somebody has the chunks. */
const GOES_ON =
  'the network goes on making copies while a peer has the chunks; without a daemon this peer leaves now';

export interface CopiesWanted {
  readonly copies: number;
  readonly storage: boolean;
  /** The publisher: what it holds does not count. */
  readonly exclude: PeerId[];
}

/** Has the network keep a file that was published just now. Resolves when every copy is there. @throws ShoalError */
export const placeCopies = async (
  { fileId }: DoneEvent,
  wanted: CopiesWanted,
  place: NetworkPlace,
  view: TransferView,
  context: Context,
): Promise<void> => {
  const broker = await makeBroker(place, 'publish', context);
  const watch = new Watch(view);
  watchFacts(broker, place.networkId, ['placement.*.*'], (fact: Fact) => {
    if (fact.name.startsWith('placement.')) watch.look();
  });
  const request = { file: fileId, ...wanted, idempotencyKey: randomUUID() };
  const interrupted = context.interrupts();
  let goesOn = false;
  const work = async (anchors: Anchors): Promise<void> => {
    const { placementId } = await anchors.ask('transfer.store', request);
    goesOn = true;
    view.handle({ event: 'placing', placementId, copies: wanted.copies, storage: wanted.storage });
    await watch.untilPlaced(() => anchors.ask('transfer.placement', { placementId }), interrupted);
    goesOn = false;
  };
  try {
    await withAnchors(broker, work, interrupted);
  } finally {
    if (interrupted.aborted && goesOn) complain(context, GOES_ON);
  }
};

/** Looks at a placement until it has ended. */
class Watch {
  private ask: (() => Promise<PlacementStatus>) | undefined;
  private end: { resolve: () => void; reject: (error: unknown) => void } | undefined;

  constructor(private readonly view: TransferView) {}

  /** @throws ShoalError of the placement; `cancelled` when the signal is raised */
  async untilPlaced(ask: () => Promise<PlacementStatus>, signal: AbortSignal): Promise<void> {
    this.ask = ask;
    const onAbort = (): void => this.end?.reject(new ShoalError('cancelled', 'interrupted'));
    signal.addEventListener('abort', onAbort);
    const timer = setInterval(() => this.look(), STATUS_EVERY_MS);
    try {
      await new Promise<void>((resolve, reject) => {
        this.end = { resolve, reject };
        this.look();
      });
    } finally {
      clearInterval(timer);
      signal.removeEventListener('abort', onAbort);
      this.end = undefined;
    }
  }

  look(): void {
    this.ask?.().then(
      (status) => this.take(status),
      (error: unknown) => this.end?.reject(error),
    );
  }

  private take(status: PlacementStatus): void {
    if (this.end === undefined) return;
    const { state, error } = status;
    if (state === 'running') return this.view.handle(progressOf(status));
    if (state === 'completed') {
      this.view.handle(placedEvent(status));
      this.end.resolve();
    } else if (error === undefined) this.end.reject(new ShoalError('internal', 'the placement failed'));
    else this.end.reject(errorFromDocument(error));
    this.end = undefined;
  }
}

const progressOf = ({ rows }: PlacementStatus): ProgressEvent => {
  const live = rows.filter(({ state }) => state !== 'failed');
  const bytes = live.reduce((sum, row) => sum + row.bytes, 0);
  const size = live.reduce((sum, row) => sum + row.size, 0);
  return { event: 'progress', bytes, size, rate: 0, sources: 0 };
};

const placedEvent = ({ rows, ...status }: PlacementStatus): TransferEvent => {
  const { placementId, fileId, name, version, copies, storage } = status;
  const peers = rows
    .filter(({ state }) => state !== 'failed')
    .map(({ peerId, name: peer, size, ranges }) => ({ peerId, name: peer, size, ranges }));
  return { event: 'placed', placementId, fileId, name, version, copies, storage, peers };
};
