import { sameFile, systemCode, type FileIdentity } from '#chunking';
import { CompletePlace, type CompleteContent } from './complete-place.js';
import type { PlaceRecord } from './record.js';
import type { StoreHost } from './store-host.js';

export interface CompleteFile extends CompleteContent {
  readonly identity: FileIdentity;
}

/** A whole file that is served from where it lies. */
export class CompleteStore extends CompletePlace {
  readonly sideFiles = [];
  readonly identity: FileIdentity;

  constructor(host: StoreHost, file: CompleteFile) {
    super(host, file);
    this.identity = file.identity;
  }

  async close(): Promise<void> {
    await this.host.openFiles.drop(this.path);
  }

  toRecord(): PlaceRecord {
    const { path, name, identity, isFetched } = this;
    return { kind: 'complete', path, name, identity, isFetched };
  }

  protected async read(into: Uint8Array, position: number): Promise<void> {
    const [read, now] = await this.host.openFiles.use(
      this.path,
      async (file) => [await file.read(into, position), await this.seen(file.statPath())] as const,
    );
    this.requireSame(now);
    if (read < into.length) throw this.changed('it is shorter than it was');
  }

  protected async checkUnchanged(): Promise<void> {
    this.requireSame(await this.seen(this.host.fs.stat(this.path)));
  }

  private seen(stat: Promise<FileIdentity>): Promise<FileIdentity> {
    return stat.catch((error: unknown) => {
      throw systemCode(error) === 'ENOENT' ? this.changed('it was moved or deleted') : error;
    });
  }

  private requireSame(now: FileIdentity): void {
    if (!sameFile(this.identity, now)) throw this.changed(difference(this.identity, now));
  }
}

/** What became of a file that does not look as it did. */
export const difference = (before: FileIdentity, now: FileIdentity): string => {
  if (before.device !== now.device || before.inode !== now.inode) return 'another file took its place';
  if (before.size !== now.size) return `its size went from ${before.size} to ${now.size} bytes`;
  return 'it was written to';
};
