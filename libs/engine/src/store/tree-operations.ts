/** What trees need of a file system beyond single files. Errors are Node's system errors. */
export interface TreeOperations<File> {
  /** A new plain file with exactly these permission bits; EEXIST when anything is there. */
  createFile(path: string, mode: number): Promise<File>;
  /** A new folder that only its owner may use; EEXIST when anything is there. */
  createFolder(path: string): Promise<void>;
  /** Permission bits that a new folder has here when nothing else is said. */
  readonly folderMode: number;
  /** Sets the permission bits of a folder. */
  setMode(path: string, mode: number): Promise<void>;
  /** A new symbolic link; EEXIST when anything is there. */
  createLink(path: string, target: string): Promise<void>;
  readLink(path: string): Promise<string>;
  /** Deletes whatever has this name, a folder with all that is below it; nothing is fine. Follows no symbolic link. */
  removeAll(path: string): Promise<void>;
  /** Resolves when all that is below a folder is durable: content, modes and names. */
  syncAll(path: string): Promise<void>;
}
