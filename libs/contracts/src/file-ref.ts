import { FILE_ID_PATTERN, ShoalError, type FileId } from '#core';
import { fileName, type FileRef } from './fields.js';

/**
 * `music.txt`, `music.txt@2` or a 64-digit file id, as people write it. An `@` that is not followed by digits to the
 * end belongs to the name.
 * @throws ShoalError `bad-name`
 */
export const parseFileRef = (text: string): FileRef => {
  if (FILE_ID_PATTERN.test(text)) return { fileId: text as FileId };
  const match = /^(.+)@(\d{1,9})$/su.exec(text);
  const name = match === null ? text : (match[1] as string);
  const checked = fileName.safeParse(name);
  if (!checked.success) {
    throw new ShoalError(
      'bad-name',
      `"${text.slice(0, 300)}" is not a file name: ${checked.error.issues[0]?.message}`,
    );
  }
  if (match === null) return { name: checked.data };
  const version = Number(match[2]);
  if (version < 1) throw new ShoalError('bad-name', `"${text}": versions start at 1`);
  return { name: checked.data, version };
};

export const formatFileRef = (ref: FileRef): string =>
  'fileId' in ref ? ref.fileId : ref.version === undefined ? ref.name : `${ref.name}@${ref.version}`;
