import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chunkNamer, TreeIndex, type Manifest } from '#chunking';
import { ShoalError, shortId } from '#core';
import type { Context } from '../context.js';
import { openLocalPeer } from '../local/local-peer.js';
import { localPeerQuestion, type PeerOptions } from './options.js';

/** A listing does not wait for ever for somebody who has the index, milliseconds. */
const PATIENCE_MS = 60_000;

/**
 * What lies in a tree. Its index is the first bytes of its content: those chunks are downloaded to a folder that goes away
 * again, each checked by digest. @throws ShoalError `bad-path` when it is no tree, `timeout` when nobody sends the index
 */
export const fetchTreeIndex = async (
  manifest: Manifest,
  name: string | undefined,
  options: PeerOptions,
  context: Context,
): Promise<TreeIndex> => {
  const { fileId, tree, chunkSize } = manifest;
  const called = name ?? shortId(fileId);
  if (tree === undefined) {
    throw new ShoalError('bad-path', `${called} is a file, not a tree`, {
      hint: 'Leave out --files; `shoal ls` says what is a tree.',
    });
  }
  const chunkCount = Math.ceil(tree.indexBytes / chunkSize);
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'shoal-index-')));
  try {
    const named = await fetchChunks(manifest, chunkCount, folder, options, context);
    const nameOf = chunkNamer(named);
    const chunks: Buffer[] = [];
    for (let chunk = 0; chunk < chunkCount; chunk++) chunks.push(await readFile(join(folder, nameOf(chunk))));
    const index = TreeIndex.decode(Buffer.concat(chunks).subarray(0, tree.indexBytes));
    index.checkAgainst(manifest);
    return index;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/** Resolves with the name that the chunk files are called after. */
const fetchChunks = async (
  { fileId }: Manifest,
  chunkCount: number,
  folder: string,
  options: PeerOptions,
  context: Context,
): Promise<string> => {
  const interrupted = context.interrupts();
  const question = { ...localPeerQuestion(join(folder, 'any'), options, context), maxUp: undefined };
  const peer = await openLocalPeer(question, interrupted);
  try {
    const request = {
      ...{ file: fileId, output: folder, force: false, timeoutMs: PATIENCE_MS },
      only: [[0, chunkCount] as [number, number]],
      chunkFiles: { manifestFile: false },
    };
    for await (const event of peer.client.get(request, interrupted))
      if (event.event === 'done') return event.name ?? event.fileId;
    throw new ShoalError('internal', 'the download ended without an end');
  } finally {
    await peer.close();
  }
};
