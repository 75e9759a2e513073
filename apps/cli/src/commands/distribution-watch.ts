import type { DistributionStatus, RequestBody } from '#contracts';
import { errorFromDocument, ShoalError } from '#core';
import type { ManagedBroker } from '#platform/broker';
import { print, styleOf, type Context } from '../context.js';
import { wholeStatus } from '../network/distribution-pages.js';
import { watchFacts } from '../network/fact-watch.js';
import type { NetworkPlace } from '../network/place.js';
import { withAnchors, type Anchors } from '../network/session.js';
import { renderDistribution } from '../output/distribution-table.js';
import { EXIT, type ExitCode } from '../output/exit-codes.js';
import { LiveText } from '../output/live-text.js';

/** Rates and bytes are asked for so often; what begins and ends comes as a fact. */
const LOOK_EVERY_MS = 1_000;

interface Watched {
  readonly place: NetworkPlace;
  readonly broker: ManagedBroker;
  /** A status in a line, whenever something changed. */
  readonly json: boolean;
}
export type WatchOrder = Watched &
  (
    | { readonly id: string }
    | { readonly begin: 'transfer.download'; readonly request: RequestBody<'transfer.download'> }
    | { readonly begin: 'transfer.retry'; readonly request: RequestBody<'transfer.retry'> }
  );

/** Shows a distribution until it has ended; its end decides how this ends. @throws ShoalError why it was not completed */
export const watchDistribution = async (order: WatchOrder, context: Context): Promise<ExitCode> => {
  const { place, broker } = order;
  const wake = new Wake(LOOK_EVERY_MS);
  watchFacts(broker, place.networkId, ['distribution.*.*'], () => wake.now());
  const view = new LiveText(context.stdout);
  let id: string | undefined;
  try {
    const work = async (anchors: Anchors): Promise<ExitCode> => {
      id = await idOf(order, anchors);
      for (;;) {
        const status = await wholeStatus(anchors, id);
        show(status, order.json, view, context);
        if (status.state !== 'running') return exitOf(status);
        await wake.next();
      }
    };
    return await withAnchors(broker, work, context.interrupts());
  } catch (error) {
    if (id === undefined || !context.interrupts().aborted) throw error;
    throw new ShoalError('cancelled', `interrupted; ${id} goes on`, {
      hint: `\`shoal distribution ${id} --watch\` shows it again, \`shoal cancel ${id}\` ends it.`,
    });
  } finally {
    wake.stop();
    view.stop();
  }
};

const idOf = async (order: WatchOrder, anchors: Anchors): Promise<string> => {
  if ('id' in order) return order.id;
  if (order.begin === 'transfer.retry') await anchors.ask('transfer.retry', order.request);
  else return (await anchors.ask('transfer.download', order.request)).distributionId;
  return order.request.distributionId;
};

const show = (status: DistributionStatus, json: boolean, view: LiveText, context: Context): void => {
  if (json) print(context, JSON.stringify(status));
  else {
    const style = styleOf(context, context.stdout);
    view.show(renderDistribution(status, context.now(), style), status.state !== 'running');
  }
};

const exitOf = ({ distributionId, state, reason, rows }: DistributionStatus): ExitCode => {
  if (state === 'completed') return EXIT.ok;
  const why = reason ?? `${rows.filter((row) => row.state === 'failed').length} targets failed`;
  const error = rows.find((row) => row.state === 'failed')?.error;
  if (state === 'cancelled') throw new ShoalError('cancelled', `${distributionId} was cancelled`);
  const message = `${distributionId} has failed: ${why}`;
  if (error === undefined) throw new ShoalError('cancelled', message);
  throw errorFromDocument({ ...error, message: `${message}; the first: ${error.message}` });
};

/** A pause that news ends early. */
class Wake {
  private timer: NodeJS.Timeout | undefined;
  private resolve: (() => void) | undefined;
  private missed = false;

  constructor(private readonly everyMs: number) {}

  now(): void {
    if (this.resolve === undefined) this.missed = true;
    else this.resolve();
  }

  async next(): Promise<void> {
    if (!this.missed) {
      await new Promise<void>((resolve) => {
        this.resolve = resolve;
        this.timer = setTimeout(resolve, this.everyMs);
      });
    }
    this.stop();
    this.missed = false;
  }

  stop(): void {
    clearTimeout(this.timer);
    this.resolve = undefined;
  }
}
