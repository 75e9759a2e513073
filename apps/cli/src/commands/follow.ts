import { setInterval } from 'node:timers/promises';
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

/** How often a peer is asked whether it still serves the file, milliseconds. */
const LOOK_EVERY_MS = 2_000;

/**
 * Keeps a one-shot peer until Ctrl-C. @throws ShoalError `peer-offline` when its process ends before, `file-changed` when
 * it does not share the file any more
 */
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
  const interrupted = untilAborted(context.interrupts());
  const watch = new AbortController();
  try {
    await Promise.race([interrupted, ended, untilNotShared(peer.client, done.fileId, watch.signal)]);
  } finally {
    watch.abort();
  }
};

/** Never resolves. @throws ShoalError `file-changed` when nothing of the file is shared any more */
const untilNotShared = async (client: ControlClient, fileId: string, stop: AbortSignal): Promise<never> => {
  for await (const _ of setInterval(LOOK_EVERY_MS, undefined, { signal: stop, ref: false })) {
    const status = await client.status().catch(() => undefined);
    // While its engine starts anew it knows of no file.
    if (status?.enginePid === undefined) continue;
    const file = status.transfers.find((transfer) => transfer.fileId === fileId);
    if (file !== undefined && (file.held > 0 || file.chunkCount === 0)) continue;
    throw new ShoalError('file-changed', 'the file is not shared any more', {
      hint: 'It was changed, moved or deleted, or taken out of the network. Publish it again if it is still meant to be there.',
    });
  }
  return new Promise<never>(() => undefined);
};
