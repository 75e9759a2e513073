import { ShoalError } from '#core';
import { badManifest } from '../manifest.js';
import { tooLarge } from './encode-entries.js';
import { INDEX_HEAD, KIND_NUMBERS } from './index-format.js';
import { IndexReader } from './index-reader.js';
import { treeMode, type TreeEntry } from './tree-entry.js';
import { TREE_LIMITS } from './tree-limits.js';
import { folderOf, whyBadLink, whyBadPath } from './tree-path.js';

/**
 * The entries of an index that somebody else made. Only what the encoder makes passes: paths ascend, so none is there
 * twice; everything lies in a folder that was listed before, so nothing lies in a file or behind a symbolic link.
 * @throws ShoalError `bad-manifest`, `wrong-version`, `limit-exceeded`
 */
export const decodeEntries = (bytes: Uint8Array): TreeEntry[] => {
  if (bytes.length > TREE_LIMITS.indexBytes) throw tooLarge(`an index of ${bytes.length} bytes`);
  const reader = new IndexReader(bytes);
  checkHead(reader);
  const count = reader.u32();
  if (count > TREE_LIMITS.entries) throw tooLarge(`${count} files, folders and links`);
  const entries: TreeEntry[] = [];
  const folders = new Set(['']);
  let before: Uint8Array = new Uint8Array(0);
  for (let number = 0; number < count; number++) {
    const { entry, path } = readEntry(reader);
    if (Buffer.compare(path, before) <= 0) throw bad(entry.path, 'is not in its place');
    if (!folders.has(folderOf(entry.path))) throw bad(entry.path, 'lies in a folder that is not listed');
    if (entry.kind === 'folder') folders.add(entry.path);
    entries.push(entry);
    before = path;
  }
  if (!reader.isAtEnd) throw badManifest('the index of its tree has bytes left over');
  return entries;
};

const checkHead = (reader: IndexReader): void => {
  const head = Buffer.from(reader.bytes(INDEX_HEAD.length));
  if (head.equals(INDEX_HEAD)) return;
  if (!/^shoal-tree-\d\0$/.test(head.toString('latin1'))) throw badManifest('it has no index of a tree');
  throw new ShoalError('wrong-version', 'the index of this tree is of a version that is not known here', {
    hint: 'Use a newer shoal.',
  });
};

const readEntry = (reader: IndexReader): { readonly entry: TreeEntry; readonly path: Uint8Array } => {
  const kind = reader.u8();
  const mode = reader.u16();
  const path = reader.bytes(reader.u16());
  const text = reader.text(path);
  const why = whyBadPath(text);
  if (why !== undefined) throw bad(text, why);
  return { entry: entryOf(reader, kind, mode, text), path };
};

const entryOf = (reader: IndexReader, kind: number, mode: number, path: string): TreeEntry => {
  switch (kind) {
    case KIND_NUMBERS.folder:
      return { kind: 'folder', path, mode: checkedMode('folder', mode, path) };
    case KIND_NUMBERS.file:
      return { kind: 'file', path, mode: checkedMode('file', mode, path), size: reader.size() };
    case KIND_NUMBERS.link:
      if (mode !== 0) throw bad(path, 'is a symbolic link with a mode');
      return { kind: 'link', path, target: linkTarget(reader, path) };
    default:
      throw bad(path, `is of kind ${kind}`);
  }
};

const checkedMode = (kind: 'file' | 'folder', mode: number, path: string): number => {
  if (treeMode(kind, mode) === mode) return mode;
  throw bad(path, `has the mode ${mode.toString(8)}`);
};

const linkTarget = (reader: IndexReader, path: string): string => {
  const target = reader.text(reader.bytes(reader.u16()));
  const why = whyBadLink(path, target);
  if (why === undefined) return target;
  throw bad(path, `is a symbolic link whose target ${why}`);
};

const bad = (path: string, why: string): ShoalError =>
  badManifest(`${JSON.stringify(path.slice(0, 200))} in the index of its tree ${why}`);
