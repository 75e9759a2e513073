import { resolve } from 'node:path';
import type { LocalStatus } from '#contracts';
import type { FileId } from '#core';

type Transfer = LocalStatus['transfers'][number];

/** Which files of a peer a person means. */
export type Wanted =
  | { readonly by: 'id'; readonly fileId: FileId }
  /** Every version that is shared under this name. */
  | { readonly by: 'name'; readonly name: string }
  /** Absolute. */
  | { readonly by: 'path'; readonly path: string };

/** A word with a slash is a path, else a name. */
export const wantedOf = (word: string, cwd: string): Wanted =>
  word.includes('/') ? { by: 'path', path: resolve(cwd, word) } : { by: 'name', name: word };

export const matching = (transfers: readonly Transfer[], wanted: Wanted): Transfer[] =>
  transfers.filter((transfer) => {
    switch (wanted.by) {
      case 'id':
        return transfer.fileId === wanted.fileId;
      case 'name':
        return transfer.name === wanted.name;
      case 'path':
        return transfer.path === wanted.path;
    }
  });
