import { ShoalError } from '#core';
import { styleOf, untilAborted, type Context } from '../context.js';
import type { ControlClient } from '../local/control-client.js';
import type { LocalPeer } from '../local/local-peer.js';
import type { DoneEvent, TransferView } from '../output/events.js';
import { remark } from '../output/make-view.js';
import { fileLabel } from '../output/summary.js';
import type { PeerOptions } from './options.js';

/** Shows every event; the last is the result. @param only the chunks that were wanted, if not all */
export const follow = async (
  events: ReturnType<ControlClient['get']>,
  view: TransferView,
  only?: readonly (readonly [number, number])[],
): Promise<DoneEvent> => {
  for await (const event of events) {
    const pairs = only?.map(([start, end]): [number, number] => [start, end]);
    const shown = event.event === 'done' && pairs !== undefined ? { ...event, only: pairs } : event;
    view.handle(shown);
    if (shown.event === 'done') return shown;
  }
  throw new ShoalError('internal', 'the peer ended its report without a result');
};

/** Keeps a one-shot peer until Ctrl-C. @throws ShoalError `peer-offline` when its process ends before */
export const serve = async (
  peer: LocalPeer,
  done: DoneEvent,
  view: TransferView,
  options: PeerOptions,
  context: Context,
): Promise<void> => {
  const { reachable, address } = await peer.client.status();
  view.handle({ event: 'serving', path: done.path, file: fileLabel(done) });
  if (!reachable) {
    const { warn } = styleOf(context, context.stdout);
    const where = `${address.host}:${address.port}`;
    remark(
      context,
      options.json,
      `${warn('note:')} the anchor cannot reach this peer at ${where}; give an address with --listen or --advertise`,
    );
  }
  const ended = peer.ended.then(() => {
    if (context.interrupts().aborted) return;
    throw new ShoalError('peer-offline', 'the one-shot peer ended; the file is not served any more');
  });
  await Promise.race([untilAborted(context.interrupts()), ended]);
};
