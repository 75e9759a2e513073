import { ShoalError } from '#core';
import type { ChunkStore } from './store.js';

export interface CopyOptions {
  readonly signal?: AbortSignal;
  readonly onChunk?: (chunk: number) => void;
}

/**
 * Fills a part file from another place of the same file on this machine: what is held need not be fetched. Every chunk is
 * checked by digest; one that `from` cannot give is left for the network. Returns how many were copied.
 * @throws ShoalError `disk-full`, `disk-failed` (of `to`), `cancelled`
 */
export const copyChunks = async (
  from: ChunkStore,
  to: ChunkStore,
  options: CopyOptions = {},
): Promise<number> => {
  const buffer = Buffer.allocUnsafe(to.manifest.chunkSize);
  let copied = 0;
  for (const chunk of to.wanted) {
    if (options.signal?.aborted === true) throw new ShoalError('cancelled', 'the copy was cancelled');
    if (to.chunks.has(chunk) || !from.chunks.has(chunk)) continue;
    const bytes = buffer.subarray(0, to.manifest.lengthOf(chunk));
    const read = await from.readInto(chunk, 0, bytes).catch(() => 0);
    if (read !== bytes.length || !to.manifest.verify(chunk, bytes)) continue;
    await to.write(chunk, bytes);
    options.onChunk?.(chunk);
    copied++;
  }
  return copied;
};
