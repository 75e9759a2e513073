import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DestinationStream } from 'pino';

/** A log that nobody reads must not fill the disk: this many bytes a file, and this many older files beside it. */
const FILE_SIZE = '5m';
const OLDER_FILES = 3;
/** Files are `<stem>.1.log`, `<stem>.2.log` ...; the highest number is the one that is written. */
export const LOG_STEM = 'peer';

/**
 * A log of bounded size in this folder, for its user only. Written at once, so that the last line before an exit is there.
 * @throws what the file system says
 */
export const openLogFile = async (folder: string): Promise<DestinationStream> => {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { default: roll } = await import('pino-roll');
  const stream = await roll({
    file: join(folder, LOG_STEM),
    size: FILE_SIZE,
    extension: '.log',
    limit: { count: OLDER_FILES, removeOtherLogFiles: true },
    mode: 0o600,
    sync: true,
  });
  // A full disk must not end the process that logs it.
  stream.on('error', () => {});
  return stream;
};
