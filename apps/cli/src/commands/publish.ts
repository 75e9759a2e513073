import { basename } from 'node:path';
import { fields } from '#contracts';
import { ShoalError } from '#core';
import type { Context } from '../context.js';
import { openLocalPeer } from '../local/local-peer.js';
import { EXIT, type ExitCode } from '../output/exit-codes.js';
import { makeView, remark } from '../output/make-view.js';
import { follow, serve } from './follow.js';
import { localPeerQuestion, placeFor, type PeerOptions } from './options.js';
import { placeCopies } from './place-copies.js';
import { existingContent } from './paths.js';

export interface PublishOptions extends PeerOptions {
  readonly name?: string | undefined;
  /** Bytes. */
  readonly chunkSize?: number | undefined;
  /** Bytes a second. */
  readonly maxUp?: number | undefined;
  /** Copies of each chunk on other peers. */
  readonly spread?: number | undefined;
  /** The whole file on the storage peers. */
  readonly store?: boolean | undefined;
}

/**
 * Through a daemon: back when it is published. Without one this process serves the file until it is interrupted, or until
 * the network keeps it (`--spread`, `--store`).
 */
export const publish = async (file: string, options: PublishOptions, context: Context): Promise<ExitCode> => {
  const interrupted = context.interrupts();
  const path = await existingContent(file, context.cwd);
  const name = checkedName(options.name ?? basename(path));
  const wanted = placementWanted(options);
  // Better known to be missing before the file is published than after.
  const place = wanted === undefined ? undefined : placeFor(options, context);
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
    if (wanted !== undefined && place !== undefined) {
      await placeCopies(
        done,
        { ...wanted, exclude: [(await peer.client.status()).peerId] },
        place,
        view,
        context,
      );
      if (peer.kind === 'one-shot') return EXIT.ok;
    }
    if (peer.kind === 'daemon') {
      const limit =
        options.maxUp === undefined ? '' : ', within its own limits: --max-up is not for a daemon';
      remark(context, options.json, `${peer.name} serves it${limit}`);
    } else await serve(peer, done, view, options, context);
    return EXIT.ok;
  } finally {
    view.stop();
    await peer.close();
  }
};

const placementWanted = ({
  spread,
  store,
}: PublishOptions): { copies: number; storage: boolean } | undefined =>
  spread === undefined && store !== true ? undefined : { copies: spread ?? 0, storage: store === true };

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
