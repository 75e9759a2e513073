import { asShoalError } from '#core';

/** The configuration that `read` gives; ends the process with a line on stderr that says what is wrong with it. */
export const configOrExit = <C>(read: () => C): C => {
  try {
    return read();
  } catch (thrown) {
    const { message, hint } = asShoalError(thrown);
    process.stderr.write(`${message}${hint === undefined ? '' : `\n${hint}`}\n`);
    process.exit(1);
  }
};
