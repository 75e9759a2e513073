import { FILE_NAME_BYTES_MAX } from './file-name.js';
import { shorten } from './shorten.js';

/** By this ending a manifest file is found among chunk files. */
export const MANIFEST_FILE_ENDING = '.manifest.json';

/** The manifest file that lies beside chunk files: `music.txt` -> `music.txt.manifest.json`; a long name is shortened. */
export const manifestFileName = (fileName: string): string =>
  shorten(fileName, FILE_NAME_BYTES_MAX - MANIFEST_FILE_ENDING.length) + MANIFEST_FILE_ENDING;
