import { ShoalError, type ErrorCode } from '#core';

interface Meaning {
  readonly code: ErrorCode;
  readonly why: string;
  readonly hint?: string;
}

const PLAIN_FILE = 'Name a plain file.';
const MEANINGS: Record<string, Meaning> = {
  ENOENT: { code: 'not-found', why: 'there is no such file or folder', hint: 'Check the path.' },
  ENOTDIR: { code: 'bad-path', why: 'a part of the path is not a folder' },
  EISDIR: { code: 'bad-path', why: 'it is a folder', hint: PLAIN_FILE },
  ENXIO: { code: 'bad-path', why: 'it is not a plain file', hint: PLAIN_FILE },
  ELOOP: { code: 'bad-path', why: 'it is or goes round in symbolic links' },
  ENAMETOOLONG: { code: 'bad-path', why: 'the name is too long for this file system' },
  EINVAL: { code: 'bad-path', why: 'the file system does not take this name or request' },
  ERR_INVALID_ARG_VALUE: { code: 'bad-path', why: 'the path holds a NUL character' },
  EACCES: {
    code: 'not-allowed',
    why: 'permission denied',
    hint: 'Check the permissions of file and folder.',
  },
  EPERM: { code: 'not-allowed', why: 'the system does not permit it' },
  EROFS: { code: 'not-allowed', why: 'the file system is read-only' },
  EEXIST: { code: 'target-exists', why: 'there is a file of that name' },
  ENOSPC: { code: 'disk-full', why: 'no space is left', hint: 'Make room on this disk, then try again.' },
  EDQUOT: { code: 'disk-full', why: 'the quota is used up', hint: 'Make room or raise the quota.' },
  EFBIG: { code: 'disk-full', why: 'the file would be larger than this file system or limit permits' },
  EMFILE: { code: 'limit-exceeded', why: 'too many files are open', hint: 'Raise the limit: ulimit -n.' },
  ENFILE: { code: 'limit-exceeded', why: 'too many files are open on this machine' },
};

/**
 * The code of a system error (`ENOENT`), undefined for anything else. Not by `instanceof`: a test's errors may come from
 * another realm.
 */
export const systemCode = (thrown: unknown): string | undefined => {
  if (thrown instanceof ShoalError || typeof thrown !== 'object' || thrown === null) return undefined;
  const { code } = thrown as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : undefined;
};

/**
 * What a file system threw as a ShoalError, `doing` being what was tried (`cannot read /a/b`). What it does not know is
 * `disk-failed`; a ShoalError goes through as it is.
 */
export const fileError = (thrown: unknown, doing: string): ShoalError => {
  if (thrown instanceof ShoalError) return thrown;
  const known = MEANINGS[systemCode(thrown) ?? ''];
  const why = known?.why ?? (thrown instanceof Error ? thrown.message : String(thrown));
  return new ShoalError(known?.code ?? 'disk-failed', `${doing}: ${why}`, {
    cause: thrown,
    ...(known?.hint === undefined ? {} : { hint: known.hint }),
  });
};
