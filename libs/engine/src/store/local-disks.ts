import { statfs } from 'node:fs/promises';

/** Linux's numbers of file systems whose pages are in this machine's memory: ext2-4, XFS, Btrfs, tmpfs, F2FS, ZFS, overlay. */
const LOCAL = new Set([0xef53, 0x5846_5342, 0x9123_683e, 0x0102_1994, 0xf2f5_2010, 0x2fc1_2fc1, 0x794c_7630]);

/** Which devices are disks of this machine, where no operation waits for a network. Asked once a device. */
export class LocalDisks {
  private readonly known = new Map<bigint, Promise<boolean>>();

  /** @param path a file or folder on the device */
  has(device: bigint, path: string): Promise<boolean> {
    const known = this.known.get(device) ?? isLocal(path);
    this.known.set(device, known);
    return known;
  }
}

/** What cannot be asked is not local. */
const isLocal = async (path: string): Promise<boolean> => {
  if (process.platform !== 'linux') return false;
  try {
    return LOCAL.has((await statfs(path)).type >>> 0);
  } catch {
    return false;
  }
};
