/** One line of a tree's index. Paths are relative to the tree, with single slashes. */
export type TreeEntry =
  | {
      readonly kind: 'file';
      readonly path: string;
      /** Permission bits; the owner may always read. */
      readonly mode: number;
      /** Bytes. */
      readonly size: number;
    }
  | {
      readonly kind: 'folder';
      readonly path: string;
      /** Permission bits; the owner may always read and enter. */
      readonly mode: number;
    }
  | { readonly kind: 'link'; readonly path: string; readonly target: string };

/** Permission bits that an entry keeps: no setuid, setgid or sticky bit ever travels. */
const MODE_BITS = 0o777;
/** What the owner may always do, so that whoever fetched a tree can serve it. */
const OWNER_BITS = { file: 0o400, folder: 0o500 } as const;

/** The mode that a file or folder gets in an index. */
export const treeMode = (kind: 'file' | 'folder', mode: number): number =>
  (mode & MODE_BITS) | OWNER_BITS[kind];
