import { MIB } from '#core';

/** Caps on a tree. Its index comes from whoever published it, and is held in memory while the tree is served. */
export const TREE_LIMITS = {
  /** Files, folders and symbolic links of one tree. */
  entries: 250_000,
  /** Bytes of an index. */
  indexBytes: 32 * MIB,
  /** Bytes of a path in a tree: half of what Linux takes, the other half is for the folder that it is delivered to. */
  pathBytes: 2_048,
  /** Names in such a path. */
  depth: 128,
  /** Bytes of the target of a symbolic link. */
  linkBytes: 1_024,
} as const;
