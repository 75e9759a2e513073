import type { DownloadProgress, HeldFileInfo } from '#engine';
import { countOf } from '#core';
import type { LocalStatus } from '#contracts';

type Transfer = LocalStatus['transfers'][number];

/** One row a file: what is held and, while it is downloaded, how fast and from how many. */
export const transfersOf = (
  held: readonly HeldFileInfo[],
  running: readonly DownloadProgress[],
): Transfer[] =>
  held.map((file): Transfer => {
    const download = running.find(({ fileId }) => fileId === file.fileId);
    return {
      fileId: file.fileId,
      ...(file.name === undefined ? {} : { name: file.name }),
      path: file.path,
      size: file.size,
      chunkCount: file.chunkCount,
      held: countOf(file.ranges),
      state: file.state,
      rate: download?.rate ?? 0,
      sources: download?.sources ?? 0,
      ...(file.files === undefined ? {} : { files: file.files }),
    };
  });
