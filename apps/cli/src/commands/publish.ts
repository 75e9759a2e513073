import { basename } from 'node:path';
import { fields } from '#contracts';
import { ShoalError } from '#core';
import { styleOf, untilAborted, type Context } from '../context.js';
import type { ControlClient } from '../local/control-client.js';
import { openLocalPeer, type LocalPeer } from '../local/local-peer.js';
import type { DoneEvent, TransferView } from '../output/events.js';
import { EXIT, type ExitCode } from '../output/exit-codes.js';
import { makeView, remark } from '../output/make-view.js';
import { fileLabel } from '../output/summary.js';
import { localPeerQuestion, type PeerOptions } from './options.js';
import { existingFile } from './paths.js';

export interface PublishOptions extends PeerOptions {
  readonly name?: string | undefined;
  /** Bytes. */
  readonly chunkSize?: number | undefined;
  /** Bytes a second. */
  readonly maxUp?: number | undefined;
}

/** Through a daemon: back when it is published. Without one this process serves the file until it is interrupted. */
export const publish = async (file: string, options: PublishOptions, context: Context): Promise<ExitCode> => {
  const interrupted = context.interrupts();
  const path = await existingFile(file, context.cwd);
  const name = checkedName(options.name ?? basename(path));
  const view = await makeView(context, { json: options.json, label: name });
  const question = { ...localPeerQuestion(path, options, context), maxUp: options.maxUp };
  const peer = await openLocalPeer(question, interrupted);
  try {
    const request = {
      path,
      name,
      ...(options.chunkSize === undefined ? {} : { chunkSize: options.chunkSize }),
    };
    const done = await follow(peer.client.publish(request, interrupted), view);
    if (peer.kind === 'daemon') remark(context, options.json, `${peer.name} serves it`);
    else await serve(peer, done, view, options, context);
    return EXIT.ok;
  } finally {
    view.stop();
    await peer.close();
  }
};

/** Shows every event; the last is the result. @param only the chunks that were wanted, if not all */
export const follow = async (
  events: ReturnType<ControlClient['get']>,
  view: TransferView,
  only?: DoneEvent['only'],
): Promise<DoneEvent> => {
  for await (const event of events) {
    const shown = event.event === 'done' && only !== undefined ? { ...event, only } : event;
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

const checkedName = (name: string): string => {
  const checked = fields.fileName.safeParse(name);
  if (checked.success) return checked.data;
  throw new ShoalError(
    'bad-name',
    `the name "${name}" ${checked.error.issues[0]?.message ?? 'is not possible'}`,
    {
      hint: 'Publish it under another name with --name.',
    },
  );
};
