import { ShoalError } from '#core';
import { INDEX_HEAD, KIND_NUMBERS } from './index-format.js';
import type { TreeEntry } from './tree-entry.js';
import { TREE_LIMITS } from './tree-limits.js';

export interface EncodedEntries {
  readonly sorted: readonly TreeEntry[];
  readonly bytes: Uint8Array;
}

interface Line {
  readonly entry: TreeEntry;
  readonly path: Buffer;
}

/**
 * The one encoding of these entries, sorted by the bytes of their paths. See "A tree" in PROTOCOL.md.
 * @throws ShoalError `limit-exceeded`
 */
export const encodeEntries = (entries: readonly TreeEntry[]): EncodedEntries => {
  if (entries.length > TREE_LIMITS.entries) {
    throw tooLarge(`more than ${TREE_LIMITS.entries} files, folders and links`);
  }
  const lines = entries.map((entry): Line => ({ entry, path: Buffer.from(entry.path) }));
  lines.sort((a, b) => Buffer.compare(a.path, b.path));
  const count = Buffer.alloc(4);
  count.writeUInt32BE(lines.length);
  const bytes = Buffer.concat([INDEX_HEAD, count, ...lines.flatMap(encodeLine)]);
  if (bytes.length > TREE_LIMITS.indexBytes) {
    throw tooLarge(`an index of more than ${TREE_LIMITS.indexBytes} bytes`);
  }
  return { sorted: lines.map(({ entry }) => entry), bytes };
};

const encodeLine = ({ entry, path }: Line): Buffer[] => {
  const head = Buffer.alloc(5);
  head.writeUInt8(KIND_NUMBERS[entry.kind], 0);
  head.writeUInt16BE(entry.kind === 'link' ? 0 : entry.mode, 1);
  head.writeUInt16BE(path.length, 3);
  return [head, path, ...tailOf(entry)];
};

const tailOf = (entry: TreeEntry): Buffer[] => {
  if (entry.kind === 'folder') return [];
  if (entry.kind === 'file') {
    const size = Buffer.alloc(8);
    size.writeBigUInt64BE(BigInt(entry.size));
    return [size];
  }
  const target = Buffer.from(entry.target);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(target.length);
  return [length, target];
};

export const tooLarge = (what: string): ShoalError =>
  new ShoalError('limit-exceeded', `a tree cannot have ${what}`, {
    hint: 'Publish its folders one by one, or pack it into one file with tar.',
  });
