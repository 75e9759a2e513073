import { lstatSync, mkdirSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { ShoalError } from '#core';

/**
 * The folder of all runs of this user: `<temporary folder>/shoal-<uid>`, closed to others.
 * @throws ShoalError `bad-path` when somebody else made it, or it is a link: passwords would go to them.
 */
export const runBase = (parent: string = tmpdir()): string => {
  const { uid } = userInfo();
  const folder = join(parent, `shoal-${uid}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  if (!found.isDirectory() || (uid >= 0 && found.uid !== uid) || (found.mode & 0o077) !== 0) {
    throw new ShoalError('bad-path', `${folder} is not a private folder of yours`, {
      hint: 'Remove it, or set TMPDIR to a folder of your own.',
    });
  }
  return folder;
};
