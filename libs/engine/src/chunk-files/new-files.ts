import { join } from 'node:path';
import { ShoalError } from '#core';
import type { FileIdentity } from '#chunking';
import { deliver } from '../store/deliver.js';
import type { FileDetails, FileSystem, OpenFile } from '../store/file-system.js';
import { isStillAt } from '../store/part-file.js';
import { removeFile } from '../store/replace-file.js';
import { checkReplaceable, detailsAt } from '../store/target.js';
import { temporaryName } from './temporary-name.js';

/** Names said in one message. */
const SAID_MAX = 8;

interface NewFile {
  readonly temporary: string;
  readonly details: FileDetails;
  /** Its final path, once it has that. */
  path?: string;
}

/** Files of one folder that appear together: written under other names first, given their own when all are whole. */
export class NewFiles {
  private readonly files: NewFile[] = [];
  private open: { readonly path: string; readonly file: OpenFile } | undefined;

  constructor(
    private readonly fs: FileSystem,
    private readonly folder: string,
    private readonly force: boolean,
  ) {}

  /** @throws ShoalError `target-exists`, `bad-path` when a name is taken by something that may not be replaced */
  async refuse(names: readonly string[], source: FileIdentity): Promise<void> {
    const there = new Set(await this.fs.list(this.folder));
    const taken = names.filter((name) => there.has(name));
    if (taken.length > 0 && !this.force) throw this.exists(taken);
    for (const name of taken) {
      const path = join(this.folder, name);
      const details = await detailsAt(this.fs, path);
      if (details === undefined) continue;
      checkReplaceable(path, details, true);
      if (details.device !== source.device || details.inode !== source.inode) continue;
      throw new ShoalError('bad-path', `${path} is the file that is cut itself`, {
        hint: 'Choose another folder.',
      });
    }
  }

  /** The next file; the one before is whole. */
  async begin(): Promise<void> {
    await this.end();
    const path = join(this.folder, temporaryName());
    this.open = { path, file: await this.fs.open(path, 'create') };
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    await this.open?.file.write(bytes, position);
  }

  async end(): Promise<void> {
    const { open } = this;
    if (open === undefined) return;
    this.files.push({ temporary: open.path, details: await open.file.stat() });
    this.open = undefined;
    await open.file.close();
  }

  /** A whole small file. */
  async add(bytes: Uint8Array): Promise<void> {
    await this.begin();
    await this.write(bytes, 0);
    await this.end();
  }

  /** Gives every file its name, in order. @throws ShoalError `target-exists` when one appeared meanwhile */
  async deliver(names: readonly string[]): Promise<void> {
    if (names.length !== this.files.length) {
      throw new ShoalError('file-changed', 'the file was changed while it was cut', { hint: 'Try again.' });
    }
    for (const [index, file] of this.files.entries()) {
      const path = join(this.folder, names[index] as string);
      await deliver(this.fs, { path: file.temporary, inode: file.details }, path, this.force);
      file.path = path;
      await removeFile(this.fs, file.temporary);
    }
    await this.fs.syncFolder(this.folder);
  }

  /** Removes what was made; files that replaced others stay. */
  async undo(): Promise<void> {
    const { open } = this;
    this.open = undefined;
    await open?.file.close().catch(() => undefined);
    if (open !== undefined) await removeFile(this.fs, open.path);
    for (const { temporary, path, details } of this.files) {
      await removeFile(this.fs, temporary);
      if (path !== undefined && !this.force && (await isStillAt(this.fs, path, details)))
        await removeFile(this.fs, path);
    }
  }

  private exists(names: readonly string[]): ShoalError {
    const more = names.length > SAID_MAX ? ` and ${names.length - SAID_MAX} more` : '';
    return new ShoalError('target-exists', `${names.slice(0, SAID_MAX).join(', ')}${more}: there already`, {
      hint: 'Choose another folder with -o, or replace them with --force.',
    });
  }
}
