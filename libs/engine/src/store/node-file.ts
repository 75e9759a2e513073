import { fstatSync, readSync, statSync, writeSync, type BigIntStats } from 'node:fs';
import { stat, type FileHandle } from 'node:fs/promises';
import { readFully, statOf } from '#chunking';
import type { FileDetails, OpenFile } from './file-system.js';
import { LocalDisks } from './local-disks.js';
import { QuickTurns } from './quick-turns.js';

export const detailsOf = (stats: BigIntStats): FileDetails => ({
  ...statOf(stats),
  mode: Number(stats.mode) & 0o7777,
  born: stats.birthtimeNs,
  owner: Number(stats.uid),
});

const disks = new LocalDisks();
const turns = new QuickTurns(
  () => performance.now(),
  (ended) => void setImmediate(ended),
);

/** A file of this machine; on a local disk its operations are quick while the page cache answers. */
class NodeFile implements OpenFile {
  constructor(
    private readonly handle: FileHandle,
    private readonly path: string,
  ) {}

  async stat(): Promise<FileDetails> {
    return detailsOf(await this.handle.stat({ bigint: true }));
  }

  async statPath(): Promise<FileDetails> {
    return detailsOf(await stat(this.path, { bigint: true }));
  }

  read(into: Uint8Array, position: number): Promise<number> {
    return readFully(this.handle, into, position);
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      done += (await this.handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
    }
  }

  truncate(size: number): Promise<void> {
    return this.handle.truncate(size);
  }

  datasync(): Promise<void> {
    return this.handle.datasync();
  }

  sync(): Promise<void> {
    return this.handle.sync();
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

class LocalFile extends NodeFile {
  constructor(
    handle: FileHandle,
    private readonly at: string,
    private fd: number | undefined,
  ) {
    super(handle, at);
  }

  override statPath(): Promise<FileDetails> {
    const quick = (): FileDetails => detailsOf(statSync(this.at, { bigint: true }));
    return turns.run(0, quick, () => super.statPath());
  }

  override read(into: Uint8Array, position: number): Promise<number> {
    const { fd } = this;
    const long = (): Promise<number> => super.read(into, position);
    return fd === undefined ? long() : turns.run(into.length, () => readNow(fd, into, position), long);
  }

  override write(bytes: Uint8Array, position: number): Promise<void> {
    const { fd } = this;
    const long = (): Promise<void> => super.write(bytes, position);
    return fd === undefined ? long() : turns.run(bytes.length, () => writeNow(fd, bytes, position), long);
  }

  /** From now on the number may be that of another file; the long way says EBADF. */
  override close(): Promise<void> {
    this.fd = undefined;
    return super.close();
  }
}

/** @param handle open at `path`; it belongs to the file from now on */
export const nodeFile = async (handle: FileHandle, path: string): Promise<OpenFile> => {
  const { fd } = handle;
  const { dev } = fstatSync(fd, { bigint: true });
  return (await disks.has(dev, path)) ? new LocalFile(handle, path, fd) : new NodeFile(handle, path);
};

const readNow = (fd: number, into: Uint8Array, position: number): number => {
  let done = 0;
  while (done < into.length) {
    const read = readSync(fd, into, done, into.length - done, position + done);
    if (read === 0) break;
    done += read;
  }
  return done;
};

const writeNow = (fd: number, bytes: Uint8Array, position: number): void => {
  for (let done = 0; done < bytes.length;) {
    done += writeSync(fd, bytes, done, bytes.length - done, position + done);
  }
};
