import { existsSync } from 'node:fs';
import { it } from '@jest/globals';
import { runBase } from '../../../tools/run/run-base.js';
import { installPackages, systemApt, whyNotInstall } from '../../../tools/services/install.js';

/** A client of Debian's that a test runs. Where it cannot be had nothing is tested with it. */
export class DebianPackage {
  private readonly isThere: boolean;

  /** @param path of something that it brings */
  constructor(
    private readonly name: string,
    path: string,
  ) {
    this.isThere = existsSync(path);
  }

  /** For the tests that need it. */
  get it(): typeof it | typeof it.skip {
    return this.isThere || whyNotInstall() === undefined ? it : it.skip;
  }

  async install(): Promise<void> {
    if (this.isThere) return;
    await installPackages(
      [this.name],
      systemApt(runBase(), () => undefined),
    );
  }
}
