import { InvalidArgumentError } from 'commander';
import type { z } from 'zod';
import { fields, MESSAGE_LIMITS, parseTarget, targetFolder } from '#contracts';
import { HIGHEST_PRIORITY, parseDuration, type ShoalError } from '#core';

/** `--to`: checked here, so that a slip is said before anybody is asked; kept as it was written. */
export const targetArgument = (text: string, before: readonly string[] | undefined): string[] => {
  try {
    parseTarget(text);
  } catch (error) {
    throw new InvalidArgumentError((error as ShoalError).message);
  }
  return [...(before ?? []), text];
};

/** `--folder` and `--save-as`: as the anchors will check them. */
export const folderArgument = (text: string): string => checked(targetFolder, text);
export const saveAsArgument = (text: string): string => checked(fields.fileName, text);

const checked = (
  schema: { safeParse(value: unknown): z.ZodSafeParseResult<string> },
  text: string,
): string => {
  const result = schema.safeParse(text);
  if (result.success) return result.data;
  throw new InvalidArgumentError(`${result.error.issues[0]?.message ?? 'It is not possible'}.`);
};

/** `1,10%`: how many targets the first waves have. */
export const wavesArgument = (text: string): (number | string)[] => {
  const waves = text.split(',').map((wave) => wave.trim());
  if (waves.length <= MESSAGE_LIMITS.waves && waves.every((wave) => /^[1-9]\d{0,4}%?$/.test(wave)))
    return waves.map((wave) => (wave.endsWith('%') ? wave : Number(wave)));
  throw new InvalidArgumentError('It must be numbers or shares of the targets, like 1,10%.');
};

/** `0.5`, `50%`. */
export const shareArgument = (text: string): number => {
  const share = /^\d+(\.\d+)?%$/.test(text) ? Number.parseFloat(text) / 100 : Number(text);
  if (share > 0 && share <= 1) return share;
  throw new InvalidArgumentError('It must be a share like 90% or 0.9.');
};

/** Milliseconds from now (`2h`), or a moment (`2026-12-01T06:00:00Z`) as milliseconds since 1970. */
export const momentArgument = (text: string): number => {
  const moment = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : NaN;
  if (!Number.isNaN(moment)) return moment;
  try {
    return Date.now() + parseDuration(text);
  } catch {
    throw new InvalidArgumentError(
      'It must be a time from now like 30m or 2h, or like 2026-12-01T06:00:00Z.',
    );
  }
};

export const priorityArgument = (text: string): number => {
  if (/^\d$/.test(text) && Number(text) <= HIGHEST_PRIORITY) return Number(text);
  throw new InvalidArgumentError(
    `It must be a number from 0 to ${HIGHEST_PRIORITY}; what is higher goes first.`,
  );
};

export const retriesArgument = (text: string): number => {
  if (/^\d{1,2}$/.test(text) && Number(text) <= MESSAGE_LIMITS.retries) return Number(text);
  throw new InvalidArgumentError(`It must be a number from 0 to ${MESSAGE_LIMITS.retries}.`);
};

export const concurrencyArgument = (text: string): number => {
  if (/^[1-9]\d{0,4}$/.test(text) && Number(text) <= MESSAGE_LIMITS.targets) return Number(text);
  throw new InvalidArgumentError(`It must be a number from 1 to ${MESSAGE_LIMITS.targets}.`);
};
