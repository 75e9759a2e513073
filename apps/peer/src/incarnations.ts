import { readFile, rename, writeFile } from 'node:fs/promises';
import type { Incarnation } from '#core';

/**
 * Numbers for this peer's connections, each higher than all before it on this machine, also across restarts and when the
 * clock is set back: milliseconds since 1970, or the last number plus 1.
 */
export class Incarnations {
  private last: Incarnation | undefined;

  constructor(
    private readonly file: string,
    private readonly now: () => number,
  ) {}

  async next(): Promise<Incarnation> {
    this.last ??= await this.read();
    const next = Math.max(this.now(), this.last + 1);
    await writeFile(`${this.file}.new`, `${next}\n`, { mode: 0o600 });
    await rename(`${this.file}.new`, this.file);
    this.last = next;
    return next;
  }

  private async read(): Promise<number> {
    try {
      const number = Number((await readFile(this.file, 'utf8')).trim());
      return Number.isSafeInteger(number) && number > 0 ? number : 0;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
      throw error;
    }
  }
}
