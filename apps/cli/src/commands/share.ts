import { basename, join, resolve } from 'node:path';
import type { Context } from '../context.js';
import { openLocalPeer } from '../local/local-peer.js';
import { EXIT, type ExitCode } from '../output/exit-codes.js';
import { makeView, remark } from '../output/make-view.js';
import { follow, serve } from './follow.js';
import { localPeerQuestion, type PeerOptions } from './options.js';
import { existingFolder } from './paths.js';

export interface ShareOptions extends PeerOptions {
  /** The manifest file, where the folder has none or several. */
  readonly manifest?: string | undefined;
  readonly name?: string | undefined;
  /** Bytes a second. */
  readonly maxUp?: number | undefined;
}

/** Through a daemon: back when it holds the chunks. Without one this process serves them until it is interrupted. */
export const share = async (given: string, options: ShareOptions, context: Context): Promise<ExitCode> => {
  const interrupted = context.interrupts();
  const folder = await existingFolder(given, context.cwd);
  const view = await makeView(context, { json: options.json, label: basename(folder) });
  // Whoever may read a file in it may read the folder.
  const question = { ...localPeerQuestion(join(folder, 'any'), options, context), maxUp: options.maxUp };
  const peer = await openLocalPeer(question, interrupted);
  try {
    const request = {
      folder,
      ...(options.manifest === undefined ? {} : { manifestFile: resolve(context.cwd, options.manifest) }),
      ...(options.name === undefined ? {} : { name: options.name }),
    };
    const done = await follow(peer.client.share(request, interrupted), view);
    if (peer.kind === 'daemon') remark(context, options.json, `${peer.name} serves them from there`);
    else await serve(peer, done, view, options, context);
    return EXIT.ok;
  } finally {
    view.stop();
    await peer.close();
  }
};
