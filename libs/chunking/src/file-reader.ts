/** By this a file is known again: any difference means that it is another one or was changed. */
export interface FileIdentity {
  readonly device: bigint;
  readonly inode: bigint;
  /** Bytes. */
  readonly size: number;
  /** Nanoseconds since 1970. */
  readonly modified: bigint;
}

export type FileKind = 'file' | 'folder' | 'link' | 'other';

export interface FileStat extends FileIdentity {
  readonly kind: FileKind;
}

export const sameFile = (a: FileIdentity, b: FileIdentity): boolean =>
  a.device === b.device && a.inode === b.inode && a.size === b.size && a.modified === b.modified;

/** A file that is open. Errors are Node's system errors (`code: 'EIO'`). */
export interface ReadableFile {
  stat(): Promise<FileStat>;
  /** Reads from byte `position` into the start of `into`; fewer bytes than fit only at the end of the file. */
  read(into: Uint8Array, position: number): Promise<number>;
  close(): Promise<void>;
}

/** The part of a file system that digesting needs. */
export interface FileReader {
  /** Follows symbolic links. */
  stat(path: string): Promise<FileStat>;
  open(path: string, mode: 'read'): Promise<ReadableFile>;
}
