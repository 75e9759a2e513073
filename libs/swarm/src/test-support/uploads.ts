import { ANY } from '../decision.js';
import type { UploadSettings } from '../settings.js';
import { UploadQueue } from '../upload-queue.js';

export const KB = 1_000;
/** An upload queue with room for four chunks. */
export const queue = (
  settings: Partial<UploadSettings> = {},
  bytes = 64 * KB,
  priorityOf = (_conn: string): number => 5,
): UploadQueue =>
  new UploadQueue({
    chunkBytes: () => bytes,
    priorityOf,
    settings: { unacknowledgedStart: 4 * bytes, unacknowledgedChunksMin: 1, ...settings },
  });
/** What it starts now, as words: `'a:3'` chunk 3 to a, `'a:any'`. */
export const starts = (uploads: UploadQueue, now = 0): string[] =>
  uploads.next(now).map(({ conn, chunk }) => `${conn}:${chunk === ANY ? 'any' : chunk}`);
