import { ShoalError } from '#core';

interface Named {
  readonly name: string;
}

/**
 * Those of `all` that were asked for by name; all of them when none was.
 * @param what what they are, for the message
 * @param strict whether every name must be one of them: they may belong to another bench when several run
 * @throws ShoalError `bad-config` with the names that there are
 */
export const picked = <T extends Named>(
  what: string,
  all: readonly T[],
  asked: readonly string[] | undefined,
  strict: boolean,
): readonly T[] => {
  if (asked === undefined) return all;
  const unknown = asked.find((name) => !all.some((one) => one.name === name));
  if (strict && unknown !== undefined) {
    const names = [...new Set(all.map(({ name }) => name))].join(', ');
    throw new ShoalError('bad-config', `there is no ${what} "${unknown}" in this bench`, {
      hint: `There are ${names}.`,
    });
  }
  return all.filter(({ name }) => asked.includes(name));
};
