import { asShoalError } from '#core';
import { runBase } from '../../run/run-base.js';
import { installPackages, systemApt, whyNotInstall } from '../../services/install.js';
import { pathOf } from './commands-there.js';

/** A Debian package, and what shows that it is there. */
export interface DebianPackage {
  readonly name: string;
  isThere(): boolean;
}

export const withCommand = (name: string, command: string): DebianPackage => ({
  name,
  isThere: () => pathOf(command) !== undefined,
});

/**
 * Installs what is missing, if that is allowed; it is said before. Never fails: a tool that is not there is named as
 * missing later.
 */
export const providePackages = async (
  wanted: readonly DebianPackage[],
  say: (line: string) => void,
): Promise<void> => {
  const missing = wanted.filter((one) => !one.isThere()).map(({ name }) => name);
  if (missing.length === 0) return;
  const reason = whyNotInstall();
  if (reason !== undefined) return say(`Not on this machine: ${missing.join(', ')} (${reason}).`);
  say(
    `Tools to compare with that are not on this machine: ${missing.join(', ')}. Installing them with apt-get, without starting ` +
      'a system service; SHOAL_NO_INSTALL=1 would forbid it.',
  );
  try {
    await installPackages(missing, systemApt(runBase(), say));
  } catch (thrown) {
    say(`${asShoalError(thrown).message}\nThe bench goes on without them.`);
  }
};
