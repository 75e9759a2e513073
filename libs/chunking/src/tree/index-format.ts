/** What an index begins with: what it is, and the version of its encoding. */
export const INDEX_HEAD = Buffer.from('shoal-tree-1\0');

export const KIND_NUMBERS = { folder: 1, file: 2, link: 3 } as const;
