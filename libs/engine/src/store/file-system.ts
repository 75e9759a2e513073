import type { FileReader, FileStat, ReadableFile } from '#chunking';
import type { TreeOperations } from './tree-operations.js';

export interface FileDetails extends FileStat {
  /** Permission bits, with setuid, setgid and the sticky bit. */
  readonly mode: number;
  /** When the inode was made, nanoseconds since 1970; 0 where the file system does not say. */
  readonly born: bigint;
  /** User id; 0 where there is none. */
  readonly owner: number;
}

/**
 * `read`; `read-write`: a file that is there, never through a symbolic link; `create`: a new file, EEXIST when anything is
 * there; `overwrite`: made or cut to nothing, never through a symbolic link.
 */
export type OpenMode = 'read' | 'read-write' | 'create' | 'overwrite';

export interface OpenFile extends ReadableFile {
  stat(): Promise<FileDetails>;
  /** What is now at the path that it was opened by: the same file, another one, or ENOENT. */
  statPath(): Promise<FileDetails>;
  /** Writes all of `bytes` at byte `position`. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** Sets the size; what is added reads as zeros and takes no space where the file system can. */
  truncate(size: number): Promise<void>;
  /** Resolves when all content written before the call, and the size, are durable. After an error none of it may be. */
  datasync(): Promise<void>;
  /** As datasync, and the rest of the inode too. */
  sync(): Promise<void>;
}

/**
 * All that the store asks of a file system. Errors are Node's system errors (`code: 'ENOSPC'`).
 * What is written is durable after the file's sync or datasync; names (create, rename, link, unlink) only after
 * `syncFolder` of their folder. rename and link are atomic.
 */
export interface FileSystem extends FileReader, TreeOperations<OpenFile> {
  stat(path: string): Promise<FileDetails>;
  /** Does not follow a symbolic link at the end of the path. */
  lstat(path: string): Promise<FileDetails>;
  open(path: string, mode: OpenMode): Promise<OpenFile>;
  /** Replaces `to`, never a folder that holds something; a folder replaces nothing but an empty one. */
  rename(from: string, to: string): Promise<void>;
  /** A second name for a file; EEXIST when anything has that name, EPERM or ENOTSUP where there are no hard links. */
  link(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** Makes a folder (0700) and those above it; one that is there is fine. */
  makeFolder(path: string): Promise<void>;
  /** Names in a folder. */
  list(path: string): Promise<string[]>;
  syncFolder(path: string): Promise<void>;
  /** The path without symbolic links; it must exist. */
  realpath(path: string): Promise<string>;
  /** Bytes that this process may still write to the disk of `path`; undefined where it does not say. */
  freeSpace(path: string): Promise<number | undefined>;
  /** The user that files of this process belong to. */
  readonly user: number;
}
