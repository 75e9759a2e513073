import { ShoalError } from '#core';

/** Longest file name that the usual file systems take, bytes. */
export const FILE_NAME_BYTES_MAX = 255;
const UNSAFE = /[\u0000-\u001f\u007f/]/;

const whyBad = (name: string): string | undefined => {
  if (name === '') return 'it is empty';
  if (name === '.' || name === '..') return 'it names a folder';
  if (UNSAFE.test(name)) return 'it holds a slash or a control character';
  return Buffer.byteLength(name) > FILE_NAME_BYTES_MAX
    ? `it is longer than ${FILE_NAME_BYTES_MAX} bytes`
    : undefined;
};

/**
 * Checks that a name is one part of a path and stays in its folder: spaces, unicode and a leading `-` are fine.
 * @throws ShoalError `bad-name`
 */
export const checkFileName = (name: string): string => {
  const why = whyBad(name);
  if (why === undefined) return name;
  throw new ShoalError('bad-name', `${JSON.stringify(name.slice(0, 80))} cannot be a file name: ${why}`);
};

export const isFileName = (name: string): boolean => whyBad(name) === undefined;
