import { isFileName } from '../file-name.js';
import { TREE_LIMITS } from './tree-limits.js';

/** Why a path cannot stand in a tree; undefined when it can: names joined by single slashes, none of them `..`. */
export const whyBadPath = (path: string): string | undefined => {
  if (Buffer.byteLength(path) > TREE_LIMITS.pathBytes) return `is longer than ${TREE_LIMITS.pathBytes} bytes`;
  const names = path.split('/');
  if (names.length > TREE_LIMITS.depth) return `is more than ${TREE_LIMITS.depth} folders deep`;
  // A name that is not UTF-8 reads as this character: it could not be made again elsewhere.
  if (path.includes('\ufffd')) return 'is not UTF-8';
  return names.every(isFileName)
    ? undefined
    : 'has a name that is empty, "..", longer than 255 bytes or holds a control character';
};

/** The path of the folder that something lies in; '' for the tree itself. */
export const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

const UNSAFE = /[\u0000-\u001f\u007f\ufffd]/;

/**
 * Why a symbolic link at `path` cannot stand in a tree; undefined when it can. Its target must be relative and stay in the
 * tree wherever that is put: `..` only at its start and no more of them than there are folders above. A `..` after a name is
 * refused, because that name may itself be a link and `..` then leads elsewhere than it looks.
 */
export const whyBadLink = (path: string, target: string): string | undefined => {
  if (target === '') return 'leads nowhere';
  if (Buffer.byteLength(target) > TREE_LIMITS.linkBytes)
    return `is longer than ${TREE_LIMITS.linkBytes} bytes`;
  if (UNSAFE.test(target)) return 'holds a control character or is not UTF-8';
  if (target.startsWith('/')) return 'is absolute';
  const steps = target.split('/').filter((step) => step !== '' && step !== '.');
  const down = steps.findIndex((step) => step !== '..');
  const ups = down < 0 ? steps.length : down;
  if (ups > path.split('/').length - 1) return 'leads out of the tree';
  const names = steps.slice(ups);
  if (names.includes('..')) return 'has ".." after a name';
  return names.every(isFileName) ? undefined : 'has a name of more than 255 bytes';
};
