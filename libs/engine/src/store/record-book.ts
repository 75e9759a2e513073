import { join } from 'node:path';
import { ShoalError, type FileId } from '#core';
import { fileError } from '#chunking';
import { eachOf } from './each-of.js';
import type { FileSystem } from './file-system.js';
import { recordNameOf } from './part-name.js';
import { RECORD_BYTES_MAX, formatRecord, parseRecord, type FileRecord } from './record.js';
import { readWhole, removeFile, replaceFile, writeNewFile } from './replace-file.js';
import { Serial } from './serial.js';

/** Records synced side by side: a journal commits them together, each needs an open file. */
const AT_ONCE = 32;

/**
 * The records in a folder of their own, one JSON file for every held file. A write survives the death of the process at
 * once and a power loss after `sync`: a record that is lost costs knowledge that can be had again, never a file, and
 * waiting for the disk on every small file costs more than the copy of it.
 */
export class RecordBook {
  private readonly serial = new Serial();
  private unsynced = new Set<string>();
  /** Records that are whole on the disk, in this version or an older one: only a whole one may replace them. */
  private readonly whole = new Set<string>();
  /** Records that are there. */
  private readonly known = new Set<string>();
  private folderUnsynced = false;

  constructor(
    private readonly fs: FileSystem,
    readonly folder: string,
  ) {}

  /** All records that can be read; damaged ones are deleted and handed to `damaged`. */
  async load(damaged: (error: ShoalError) => void): Promise<FileRecord[]> {
    const records: FileRecord[] = [];
    for (const name of await this.fs.list(this.folder)) {
      if (!name.endsWith('.json')) continue;
      const record = await this.read(name).catch((error: unknown) => this.discard(name, error, damaged));
      if (record === undefined) continue;
      this.known.add(name);
      this.whole.add(name);
      this.unsynced.add(name); // its writer may have been killed before it was synced
      records.push(record);
    }
    return records;
  }

  async put(record: FileRecord): Promise<void> {
    const name = recordNameOf(record.manifest.fileId);
    await this.serial.run(name, async () => {
      await this.write(name, Buffer.from(formatRecord(record)));
      this.known.add(name);
      this.unsynced.add(name);
    });
  }

  async remove(fileId: FileId): Promise<void> {
    const name = recordNameOf(fileId);
    await this.serial.run(name, async () => {
      await removeFile(this.fs, join(this.folder, name));
      this.unsynced.delete(name);
      this.whole.delete(name);
      this.known.delete(name);
      this.folderUnsynced = true;
    });
  }

  /** Makes every write and removal before the call durable. */
  async sync(): Promise<void> {
    const names = this.unsynced;
    if (names.size === 0 && !this.folderUnsynced) return;
    this.unsynced = new Set();
    this.folderUnsynced = false;
    try {
      await eachOf(names, AT_ONCE, (name) => this.serial.run(name, () => this.syncOne(name)));
      await this.fs.syncFolder(this.folder);
      for (const name of names) if (!this.unsynced.has(name)) this.whole.add(name);
    } catch (error) {
      for (const name of names) this.unsynced.add(name);
      this.folderUnsynced = true;
      throw error;
    }
  }

  /** Deletes what a crash left in the folder: everything but records and the names to `keep`. */
  async sweep(keep: ReadonlySet<string>): Promise<void> {
    for (const name of await this.fs.list(this.folder)) {
      if (!name.endsWith('.json') && !keep.has(name)) await removeFile(this.fs, join(this.folder, name));
    }
  }

  private write(name: string, bytes: Uint8Array): Promise<void> {
    const path = join(this.folder, name);
    if (!this.known.has(name)) return writeNewFile(this.fs, path, bytes);
    return replaceFile(this.fs, path, bytes, this.whole.has(name) ? 'content' : 'nothing');
  }

  private async read(name: string): Promise<FileRecord> {
    const record = parseRecord(
      (await readWhole(this.fs, join(this.folder, name), RECORD_BYTES_MAX)).toString('utf8'),
    );
    if (recordNameOf(record.manifest.fileId) !== name) throw new Error('it is of another file');
    return record;
  }

  private async discard(
    name: string,
    cause: unknown,
    damaged: (error: ShoalError) => void,
  ): Promise<undefined> {
    const read = fileError(cause, `cannot read the record ${name}`);
    if (read.code === 'limit-exceeded' || read.code === 'not-allowed') throw read;
    damaged(
      new ShoalError('disk-failed', `the record ${name} is damaged; its file is no longer held`, { cause }),
    );
    await removeFile(this.fs, join(this.folder, name));
  }

  private async syncOne(name: string): Promise<void> {
    const file = await this.fs.open(join(this.folder, name), 'read').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined; // removed meanwhile
      throw error;
    });
    if (file === undefined) return;
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  }
}
