import { ShoalError, formatSize } from '#core';
import type { FileSystem } from './file-system.js';

/**
 * Whether a download fits beside what was promised to the others on the same disk.
 * @throws ShoalError `disk-full` saying how much is missing
 */
export const checkFreeSpace = async (
  fs: FileSystem,
  folder: string,
  needed: number,
  promised: number,
): Promise<void> => {
  const free = await fs.freeSpace(folder).catch(() => undefined);
  if (free === undefined || needed + promised <= free) return;
  const others = promised === 0 ? '' : `, of which ${formatSize(promised)} are promised to other downloads`;
  const missing = formatSize(needed + promised - free);
  throw new ShoalError(
    'disk-full',
    `${formatSize(needed)} are needed in ${folder}, ${formatSize(free)} are free${others}: ${missing} are missing`,
    { hint: `Make ${missing} of room on this disk or choose another target.` },
  );
};

interface SpacePromise {
  readonly device: bigint;
  readonly bytes: number;
}

/** Space promised to downloads that are being set up; what running ones still need is asked of `running`. */
export class SpacePromises {
  private readonly pending = new Set<SpacePromise>();

  constructor(
    private readonly fs: FileSystem,
    private readonly running: (device: bigint) => number,
  ) {}

  /** Promises bytes on the disk of a folder until the returned function is called. @throws ShoalError `disk-full` */
  async make(folder: string, bytes: number): Promise<() => void> {
    const { device } = await this.fs.stat(folder);
    const earlier = [...this.pending].filter((promise) => promise.device === device);
    const mine: SpacePromise = { device, bytes };
    this.pending.add(mine);
    const end = (): void => void this.pending.delete(mine);
    try {
      const promised = earlier.reduce((sum, promise) => sum + promise.bytes, this.running(device));
      await checkFreeSpace(this.fs, folder, bytes, promised);
      return end;
    } catch (error) {
      end();
      throw error;
    }
  }
}
