import type { FileIdentity, TreeIndex } from '#chunking';

/** A tree that lies in a folder: what it consists of and how its plain files looked when they were digested or written. */
export interface TreeOnDisk {
  readonly index: TreeIndex;
  /** One for each of `index.files`. */
  readonly identities: readonly FileIdentity[];
}
